import type { ProjectedVolumeSource, VolumeProjection } from '../../api/core/v1/index.ts'
import { configMapFiles } from './config-map.ts'
import { downwardFiles } from './downward-api.ts'
import { defaultFileMode, textBytes } from './keys.ts'
import { mergePayloads, mountPayload, type Payload } from './payload.ts'
import { secretFiles } from './secret.ts'
import { type VolumeContext, VolumeError, type VolumePlugin } from './volume.ts'

/** Several sources in one folder: what every pod gets as /var/run/secrets/kubernetes.io/serviceaccount. */
export const projected: VolumePlugin<ProjectedVolumeSource> = {
  async mount({ sources = [], defaultMode = defaultFileMode }, context) {
    const payloads = await Promise.all(sources.map((source) => projection(source, defaultMode, context)))
    if (!context.host.simulated) {
      const path = context.dir('projected')
      await context.host.files.makeFolder(path, 0o777)
      await context.host.mounts.tmpfs(path, undefined)
    }
    return mountPayload('projected', mergePayloads(payloads), context)
  },
}

async function projection(source: VolumeProjection, defaultMode: number, context: VolumeContext): Promise<Payload> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source
  if (configMap) return configMapFiles({ ...configMap, defaultMode }, context)
  if (secret) {
    const { name, ...rest } = secret
    return secretFiles({ ...rest, defaultMode, ...(name !== undefined && { secretName: name }) }, context)
  }
  if (downwardAPI) return downwardFiles({ ...downwardAPI, defaultMode }, context)
  if (serviceAccountToken) {
    // Nothing reads the files of a simulated pod, and signing thousands of tokens costs seconds.
    if (context.host.simulated) return new Map()
    const uid = onlyUser(context)
    const isPrivate = uid !== undefined || context.pod.spec.securityContext?.fsGroup !== undefined
    const data = textBytes(await context.tokens.get(context.pod, serviceAccountToken))
    const file = { data, mode: isPrivate ? 0o600 : defaultMode, ...(uid !== undefined && { uid }) }
    return new Map([[serviceAccountToken.path, file]])
  }
  throw new VolumeError(`projected volume source ${Object.keys(source).join()} is not supported by this kubelet`)
}

/** The user of all of a pod's containers, if they share one: it alone may read the token. */
function onlyUser({ pod }: VolumeContext): number | undefined {
  const ofPod = pod.spec.securityContext?.runAsUser
  const users = new Set(
    [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => c.securityContext?.runAsUser ?? ofPod),
  )
  return users.size === 1 ? [...users][0] : undefined
}
