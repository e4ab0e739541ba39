import type { ResourceType } from '../machinery/schema/package.ts'
import type { KubeObject } from '../object.ts'
import { parseQuantity, Quantity } from '../quantity.ts'
import { podResources } from './pod-resources.ts'
import { isTerminal } from './pods.ts'
import { qosClass } from './qos.ts'
import {
  ConfigMaps,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  type Pod,
  Pods,
  ReplicationControllers,
  type ResourceQuotaSpec,
  ResourceQuotas,
  Secrets,
  type Service,
  Services,
} from './v1/index.ts'

/** One object's usage, by the names that ResourceQuotas limit. */
export type Usage = Record<string, Quantity>

const one = Quantity.of(1)
const named = new Map<ResourceType, string>([
  [ConfigMaps as ResourceType, 'configmaps'],
  [Secrets as ResourceType, 'secrets'],
  [ReplicationControllers as ResourceType, 'replicationcontrollers'],
  [ResourceQuotas as ResourceType, 'resourcequotas'],
])

/** Docs: 'Resource Quotas'. Finished pods use nothing. */
export function usageOf(type: ResourceType, object: KubeObject): Usage {
  const { group, resource } = type
  const counted: Usage = { [`count/${resource}${group ? `.${group}` : ''}`]: one }
  const short = named.get(type)
  if (short) counted[short] = one
  if (type === (Pods as ResourceType)) return { ...counted, ...podUsage(object as Pod) }
  if (type === (Services as ResourceType)) return { ...counted, ...serviceUsage(object as Service) }
  if (type === (PersistentVolumeClaims as ResourceType))
    return { ...counted, ...claimUsage(object as PersistentVolumeClaim) }
  return counted
}

function podUsage(pod: Pod): Usage {
  if (!pod.spec || isTerminal(pod)) return {}
  const { requests, limits } = podResources(pod.spec)
  const usage: Usage = { pods: one }
  const compute = ['cpu', 'memory', 'ephemeral-storage']
  for (const [name, text] of Object.entries(requests)) {
    const amount = parseQuantity(text)
    if (compute.includes(name)) usage[name] = amount
    if (name.startsWith('hugepages-')) usage[name] = amount
    usage[`requests.${name}`] = amount
  }
  for (const [name, text] of Object.entries(limits))
    if (compute.includes(name)) usage[`limits.${name}`] = parseQuantity(text)
  return usage
}

function serviceUsage({ spec }: Service): Usage {
  const ports = Quantity.of(spec?.ports?.length ?? 0)
  const usage: Usage = { services: one }
  if (spec?.type === 'NodePort') return { ...usage, 'services.nodeports': ports }
  if (spec?.type !== 'LoadBalancer') return usage
  const nodePorts: Usage = spec.allocateLoadBalancerNodePorts === false ? {} : { 'services.nodeports': ports }
  return { ...usage, 'services.loadbalancers': one, ...nodePorts }
}

function claimUsage({ spec, metadata }: PersistentVolumeClaim): Usage {
  const storage = parseQuantity(spec?.resources?.requests?.storage ?? '0')
  const usage: Usage = { persistentvolumeclaims: one, 'requests.storage': storage }
  const storageClass = metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName
  if (!storageClass) return usage
  const prefix = `${storageClass}.storageclass.storage.k8s.io`
  return { ...usage, [`${prefix}/persistentvolumeclaims`]: one, [`${prefix}/requests.storage`]: storage }
}

/** Whether a quota's scopes select an object. Scopes select pods only. */
export function inScope(
  { scopes = [], scopeSelector }: ResourceQuotaSpec,
  type: ResourceType,
  object: KubeObject,
): boolean {
  const terms = [
    ...scopes.map((scopeName) => ({ scopeName, operator: 'Exists', values: undefined })),
    ...(scopeSelector?.matchExpressions ?? []),
  ]
  if (terms.length === 0) return true
  if (type !== (Pods as ResourceType)) return false
  return terms.every(
    ({ scopeName, operator, values }) => scopeTests[scopeName]?.(object as Pod, operator, values ?? []) ?? false,
  )
}

const bestEffort = (pod: Pod) => !!pod.spec && qosClass(pod.spec) === 'BestEffort'
const terminating = ({ spec }: Pod) => (spec?.activeDeadlineSeconds ?? -1) >= 0
const scopeTests: Record<string, (pod: Pod, operator: string, values: string[]) => boolean> = {
  BestEffort: bestEffort,
  NotBestEffort: (pod) => !bestEffort(pod),
  Terminating: terminating,
  NotTerminating: (pod) => !terminating(pod),
  PriorityClass: ({ spec }, operator, values) => {
    const name = spec?.priorityClassName ?? ''
    const tests: Record<string, boolean> = {
      In: values.includes(name),
      NotIn: !values.includes(name),
      Exists: name !== '',
      DoesNotExist: name === '',
    }
    return tests[operator] ?? false
  },
  CrossNamespacePodAffinity: ({ spec }) => {
    const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
    const terms = [podAffinity, podAntiAffinity].flatMap((a) => [
      ...(a?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(a?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((w) => w.podAffinityTerm),
    ])
    return terms.some((t) => t.namespaces?.length || t.namespaceSelector)
  },
}

/** The resources with short names; the others count as `count/RESOURCE.GROUP`. */
export const quotaResources: readonly ResourceType[] = [Pods, Services, PersistentVolumeClaims, ...named.keys()].map(
  (type) => type as ResourceType,
)

/** The resource that a name in a quota limits; undefined: an unknown one. */
export function limitedBy(name: string, all: readonly ResourceType[]): ResourceType | undefined {
  const counted = /^count\/([^.]+)\.?(.*)$/.exec(name)
  if (counted) return all.find(({ resource, group }) => resource === counted[1] && group === counted[2])
  if (
    name === 'persistentvolumeclaims' ||
    name === 'requests.storage' ||
    name.includes('.storageclass.storage.k8s.io/')
  )
    return PersistentVolumeClaims as ResourceType
  if (name === 'services' || name.startsWith('services.')) return Services as ResourceType
  const short = [...named].find(([, shortName]) => shortName === name)?.[0]
  if (short) return short
  return podNames.test(name) ? (Pods as ResourceType) : undefined
}

const podNames = /^(pods|cpu|memory|ephemeral-storage|hugepages-.*|requests\..*|limits\..*)$/
