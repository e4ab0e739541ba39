import { Secrets, type SecretVolumeSource } from '../../api/core/v1/index.ts'
import { base64Bytes, defaultFileMode, keyFiles } from './keys.ts'
import { mountPayload, type Payload } from './payload.ts'
import { type VolumeContext, VolumeError, type VolumePlugin } from './volume.ts'

/** Kept in memory only: a secret must not reach the node's disk. */
export const secret: VolumePlugin<SecretVolumeSource> = {
  async mount(source, context) {
    const files = await secretFiles(source, context)
    if (!context.host.simulated) {
      const path = context.dir('secret')
      await context.host.files.makeFolder(path, 0o777)
      await context.host.mounts.tmpfs(path, undefined)
    }
    return mountPayload('secret', files, context)
  },
}

/** @throws VolumeError if the secret or one of its keys is missing and not optional. */
export async function secretFiles(
  { secretName = '', items, optional = false, defaultMode = defaultFileMode }: SecretVolumeSource,
  { pod, objects }: VolumeContext,
): Promise<Payload> {
  const { namespace, uid } = pod.metadata
  const found = await objects.get(Secrets, namespace, secretName, uid)
  if (!found && !optional) throw new VolumeError(`secret "${secretName}" not found`)
  const data = Object.fromEntries(Object.entries(found?.data ?? {}).map(([key, text]) => [key, base64Bytes(text)]))
  return keyFiles(data, found ? items : undefined, { defaultMode, optional, what: 'secret' })
}
