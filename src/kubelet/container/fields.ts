import type { Container, ObjectFieldSelector, ResourceFieldSelector } from '../../api/core/v1/index.ts'
import { parseQuantity } from '../../api/quantity.ts'
import { findContainer, type KubePod } from '../pod.ts'

/** Facts that `fieldRef` may name besides the pod's fields. */
export interface FieldFacts {
  hostIp: string
  podIps: string[]
  nodeName: string
}

const quoted = (text: string) => JSON.stringify(text)
const mapText = (map: Record<string, string> | undefined) =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${k}=${quoted(v)}`)
    .join('\n')

const fields: Record<string, (pod: KubePod, facts: FieldFacts) => string> = {
  'metadata.name': (pod) => pod.metadata.name,
  'metadata.namespace': (pod) => pod.metadata.namespace ?? '',
  'metadata.uid': (pod) => pod.metadata.uid,
  'metadata.labels': (pod) => mapText(pod.metadata.labels),
  'metadata.annotations': (pod) => mapText(pod.metadata.annotations),
  'spec.nodeName': (_, facts) => facts.nodeName,
  'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
  'status.hostIP': (_, facts) => facts.hostIp,
  'status.hostIPs': (_, facts) => facts.hostIp,
  'status.podIP': (_, facts) => facts.podIps[0] ?? '',
  'status.podIPs': (_, facts) => facts.podIps.join(','),
}

/** @throws Error if pods may not ask for this field. */
export function fieldValue(pod: KubePod, { fieldPath }: ObjectFieldSelector, facts: FieldFacts): string {
  const plain = fields[fieldPath]
  if (plain) return plain(pod, facts)
  const [, map, key] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath) ?? []
  if (map === 'labels' && key) return pod.metadata.labels?.[key] ?? ''
  if (map === 'annotations' && key) return pod.metadata.annotations?.[key] ?? ''
  throw new Error(`unsupported fieldPath: ${fieldPath}`)
}

/** A container's request or limit as a number in units of the divisor, rounded up; without a limit, the node's amount. */
export function resourceValue(
  pod: KubePod,
  { containerName, resource, divisor }: ResourceFieldSelector,
  own: Container | undefined,
  allocatable: Record<string, string>,
): string {
  const container = containerName ? findContainer(pod, containerName)?.spec : own
  if (!container) throw new Error(`container ${containerName ?? ''} not found`)
  const [, kind, name] = /^(limits|requests)\.(.+)$/.exec(resource) ?? []
  if (!name) throw new Error(`unsupported container resource : ${resource}`)
  const { limits, requests } = container.resources ?? {}
  const amount =
    kind === 'limits' ? (limits?.[name] ?? allocatable[name] ?? '0') : (requests?.[name] ?? limits?.[name] ?? '0')
  const unit = divisor && parseQuantity(divisor).toNumber() > 0 ? parseQuantity(divisor).toNumber() : 1
  return String(Math.ceil(parseQuantity(amount).toNumber() / unit))
}
