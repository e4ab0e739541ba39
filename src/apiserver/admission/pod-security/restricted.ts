import type { Container, Volume } from '../../../api/core/v1/index.ts'
import { procMount } from './baseline.ts'
import {
  type Check,
  type Control,
  exceptWindows,
  named,
  namesOf,
  plural,
  quoted,
  relaxedByUserNamespace,
  setters,
  sorted,
} from './check.ts'
import { seccompRequired } from './seccomp.ts'

const allowPrivilegeEscalation: Check = (pod) => {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false)
  return names.length > 0
    ? {
        reason: 'allowPrivilegeEscalation != false',
        detail: `${named(names)} must set securityContext.allowPrivilegeEscalation=false`,
      }
    : undefined
}

const capabilities: Check = (pod) => {
  const of = ({ securityContext }: Container) => securityContext?.capabilities
  const keeping = namesOf(pod, (container) => !of(container)?.drop?.includes('ALL'))
  const added = (container: Container) => (of(container)?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
  const adding = namesOf(pod, (container) => added(container).length > 0)
  const details = [
    ...(keeping.length > 0 ? [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [
          `${named(adding)} must not include ${quoted(sorted(pod.containers.flatMap(added)))} in securityContext.capabilities.add`,
        ]
      : []),
  ]
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined
}

const allowedVolumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image'].concat(
  'persistentVolumeClaim',
  'projected',
  'secret',
)
const forbiddenVolumes = ['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi'].concat(
  ['glusterfs', 'rbd', 'flexVolume', 'cinder', 'cephfs', 'flocker', 'fc', 'azureFile', 'vsphereVolume', 'quobyte'],
  ['azureDisk', 'portworxVolume', 'scaleIO', 'storageos'],
)

const volumes: Check = ({ spec }) => {
  const has = (volume: Volume, types: readonly string[]) =>
    types.find((type) => (volume as Record<string, unknown>)[type] !== undefined)
  const bad = (spec.volumes ?? []).filter((volume) => !has(volume, allowedVolumes))
  if (bad.length === 0) return undefined
  const types = sorted(bad.map((volume) => has(volume, forbiddenVolumes) ?? 'unknown'))
  const names = quoted(bad.map(({ name }) => name ?? ''))
  const what = plural('restricted volume type', 'restricted volume types', types.length)
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', 'volumes', bad.length)} ${names} ${plural('uses', 'use', bad.length)} ${what} ${quoted(types)}`,
  }
}
const runAsNonRoot: Check = (pod) => {
  const reason = 'runAsNonRoot != true'
  const own = pod.spec.securityContext?.runAsNonRoot
  const of = ({ securityContext }: Container) => securityContext?.runAsNonRoot
  const explicit = namesOf(pod, (container) => of(container) === false)
  if (own === false || explicit.length > 0)
    return { reason, detail: `${setters(own === false, explicit)} must not set securityContext.runAsNonRoot=false` }
  const implicit = own ? [] : namesOf(pod, (container) => of(container) === undefined)
  return implicit.length > 0
    ? { reason, detail: `pod or ${named(implicit)} must set securityContext.runAsNonRoot=true` }
    : undefined
}

const runAsUser: Check = (pod) => {
  const isRoot = (user: number | bigint | undefined) => user !== undefined && Number(user) === 0
  const own = isRoot(pod.spec.securityContext?.runAsUser)
  const names = namesOf(pod, ({ securityContext }) => isRoot(securityContext?.runAsUser))
  return own || names.length > 0
    ? { reason: 'runAsUser=0', detail: `${setters(own, names)} must not set runAsUser=0` }
    : undefined
}

/** The controls of the `restricted` profile besides those of the baseline, in order of their ids. */
export const restricted: readonly Control[] = [
  {
    id: 'allowPrivilegeEscalation',
    versions: [
      [8, allowPrivilegeEscalation],
      [25, exceptWindows(allowPrivilegeEscalation)],
    ],
  },
  {
    id: 'capabilities_restricted',
    overrides: 'capabilities_baseline',
    versions: [
      [22, capabilities],
      [25, exceptWindows(capabilities)],
    ],
  },
  { id: 'procMount_restricted', overrides: 'procMount', versions: [[35, procMount]] },
  { id: 'restrictedVolumes', overrides: 'hostPathVolumes', versions: [[0, volumes]] },
  {
    id: 'runAsNonRoot',
    versions: [
      [0, runAsNonRoot],
      [35, relaxedByUserNamespace(runAsNonRoot)],
    ],
  },
  {
    id: 'runAsUser',
    versions: [
      [23, runAsUser],
      [35, relaxedByUserNamespace(runAsUser)],
    ],
  },
  {
    id: 'seccompProfile_restricted',
    overrides: 'seccompProfile_baseline',
    versions: [
      [19, seccompRequired],
      [25, exceptWindows(seccompRequired)],
    ],
  },
]
