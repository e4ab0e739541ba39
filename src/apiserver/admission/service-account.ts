import {
  type Container,
  Namespaces,
  type Pod,
  type PodSpec,
  Pods,
  type ServiceAccount,
  ServiceAccounts,
  type Volume,
} from '../../api/core/v1/index.ts'
import { ApiError, forbidden } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import { randomSuffix } from '../../api/random.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'
import { created, isMirror } from './kinds.ts'

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumePrefix = 'kube-api-access-'
/** An hour and a little more, to distinguish it from tokens requested for an hour. */
const tokenSeconds = 3607

/** Gives every pod a service account, and mounts that account's token into its containers. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  async admit(attributes) {
    const pod = created(attributes, Pods)
    if (!pod?.spec) return undefined
    if (isMirror(pod)) return void refuseForMirror(pod, attributes)
    const name = pod.spec.serviceAccountName || pod.spec.serviceAccount || 'default'
    const account = await accountOf(name, attributes)
    const automount = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
    const spec = automount ? withToken(pod.spec, attributes) : pod.spec
    const secrets = spec.imagePullSecrets?.length ? spec.imagePullSecrets : account.imagePullSecrets
    const named = { ...spec, serviceAccountName: name, serviceAccount: name }
    return { ...pod, spec: secrets ? { ...named, imagePullSecrets: secrets } : named } as Pod
  },
}

function refuseForMirror(pod: Pod, { definition, name }: AdmissionAttributes): void {
  if (pod.spec?.serviceAccountName)
    throw forbidden(definition.type, name, 'a mirror pod may not reference service accounts')
  if (pod.spec?.volumes?.some((volume) => volume.projected?.sources?.some((s) => s.serviceAccountToken)))
    throw forbidden(definition.type, name, 'a mirror pod may not use ServiceAccountToken volume projections')
}

/**
 * A pod may be faster than the controller that makes a new namespace's default account; this plugin creates it then.
 * NamespaceLifecycle refuses pods in missing namespaces.
 */
async function accountOf(name: string, attributes: AdmissionAttributes): Promise<Stored<ServiceAccount>> {
  const { context, namespace = '', definition } = attributes
  const found = await context.objects.get(ServiceAccounts, { name, namespace })
  if (found) return found
  const missing = forbidden(
    definition.type,
    attributes.name,
    `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
  )
  if (name !== 'default' || !(await isAlive(attributes))) throw missing
  const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }
  if (context.dryRun) return account as Stored<ServiceAccount>
  try {
    return await context.objects.create(ServiceAccounts, account)
  } catch (error) {
    const made = error instanceof ApiError && error.code === 409
    const now = made && (await context.objects.get(ServiceAccounts, { name, namespace }))
    if (now) return now
    throw missing
  }
}

async function isAlive({ namespace = '', context }: AdmissionAttributes): Promise<boolean> {
  const found = await context.objects.get(Namespaces, { name: namespace })
  return found !== undefined && !found.metadata.deletionTimestamp
}

function withToken(spec: PodSpec, { context }: AdmissionAttributes): PodSpec {
  const own = spec.volumes?.find((volume) => volume.projected && volume.name?.startsWith(volumePrefix))
  const name = own?.name ?? `${volumePrefix}${randomSuffix(context.random)}`
  let used = false
  const mounted = (container: Container): Container => {
    if (container.volumeMounts?.some((mount) => mount.mountPath === mountPath)) return container
    used = true
    const mount = { name, readOnly: true, mountPath }
    return { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] }
  }
  // Validation refuses a pod without any later.
  const containers = (spec.containers ?? []).map(mounted)
  const initContainers = spec.initContainers?.map(mounted)
  if (!used) return spec
  const volumes = own ? spec.volumes : [...(spec.volumes ?? []), tokenVolume(name)]
  return { ...spec, containers, ...(initContainers && { initContainers }), volumes }
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  },
})
