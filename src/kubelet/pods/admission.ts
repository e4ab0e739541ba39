import { hostPortsOf, portsClash } from '../../api/core/host-ports.ts'
import { requiredNodes } from '../../api/core/node-selection.ts'
import { tolerates } from '../../api/core/taints.ts'
import type { Node } from '../../api/core/v1/index.ts'
import { byteCount, milliCpu, podRequests } from '../container/resources.ts'
import type { Failure } from '../failure.ts'
import type { KubePod } from '../pod.ts'

type NodeFacts = Pick<Node, 'spec'> & {
  metadata: { name: string; labels?: Record<string, string> }
  allocatable: Record<string, string>
}

/**
 * Why this node cannot run a pod beside the others on it: the kubelet's own check, for stale schedulers and pods bound by
 * hand. Undefined: it can.
 */
export function admit(
  pod: KubePod,
  others: KubePod[],
  node: NodeFacts,
  sysctls: readonly string[] = [],
): Failure | undefined {
  return (
    misplaced(pod, node) ??
    portTaken(pod, others) ??
    notEnough(pod, others, node.allocatable) ??
    forbiddenSysctl(pod, sysctls)
  )
}

const rejected = (reason: string, message: string): Failure => ({ reason, message: `Pod was rejected: ${message}` })

function misplaced(pod: KubePod, node: NodeFacts): Failure | undefined {
  const { tolerations = [], os } = pod.spec
  const { name, labels = {} } = node.metadata
  if (requiredNodes(pod.spec)?.({ name, labels }) === false)
    return rejected('NodeAffinity', "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector")
  const taint = (node.spec?.taints ?? []).find(
    (t) => t.effect === 'NoExecute' && !tolerations.some((o) => tolerates(o, t)),
  )
  if (taint) return rejected('TaintToleration', `Predicate TaintToleration failed: node(s) had untolerated taint(s)`)
  if (os?.name && os.name !== 'linux')
    return rejected('PodOSNotSupported', `Failed to admit pod as the OS field doesn't match node OS`)
  return undefined
}

function portTaken(pod: KubePod, others: KubePod[]): Failure | undefined {
  const ports = hostPortsOf(pod.spec)
  if (ports.length === 0) return undefined
  const taken = others.flatMap(({ spec }) => hostPortsOf(spec))
  return ports.some((port) => taken.some((other) => portsClash(port, other)))
    ? rejected('NodePorts', "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports")
    : undefined
}

function notEnough(pod: KubePod, others: KubePod[], allocatable: Record<string, string>): Failure | undefined {
  const lack = (resource: string, requested: number, used: number, capacity: number) =>
    requested > 0 && used + requested > capacity
      ? rejected(
          `OutOf${resource}`,
          `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
        )
      : undefined
  const tooMany = lack('pods', 1, others.length, byteCount(allocatable.pods ?? '110'))
  if (tooMany) return tooMany
  const held = others.map(podRequests)
  for (const [resource, requested] of Object.entries(podRequests(pod))) {
    const amount = resource === 'cpu' ? milliCpu : byteCount
    const used = held.reduce((sum, requests) => sum + amount(requests[resource]), 0)
    const found = lack(resource, amount(requested), used, amount(allocatable[resource]))
    if (found) return found
  }
  return undefined
}

/** Namespaced sysctls that cannot harm other pods ('Using sysctls in a Kubernetes Cluster'). */
const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]

function forbiddenSysctl(pod: KubePod, allowed: readonly string[]): Failure | undefined {
  const permits = (pattern: string, name: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
  const wrong = (pod.spec.securityContext?.sysctls ?? []).find(
    ({ name }) => ![...safeSysctls, ...allowed].some((pattern) => permits(pattern, name.replaceAll('/', '.'))),
  )
  return wrong ? { reason: 'SysctlForbidden', message: `forbidden sysctl: "${wrong.name}" not allowlisted` } : undefined
}
