import { Service, type ServiceSpec } from '../core/v1/index.ts'
import { NetworkPolicySpec } from '../networking/v1/index.ts'
import { type Rule, rule } from './rule.ts'

/** Services and network policies. */
export const networkRules: Rule[] = [
  rule(Service, ({ spec, status }) => {
    if (!spec) return
    /** The constants of the spec are not in yet: messages are filled from the outside in. */
    const type = spec.type || 'ClusterIP'
    sessionAffinity(spec)
    for (const port of spec.ports ?? []) port.targetPort ||= port.port
    const isExternal = type === 'NodePort' || type === 'LoadBalancer'
    if (isExternal || (type === 'ClusterIP' && spec.externalIPs?.length)) spec.externalTrafficPolicy ||= 'Cluster'
    if (isExternal || type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster'
    if (type !== 'LoadBalancer') return
    spec.allocateLoadBalancerNodePorts ??= true
    for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP'
  }),
  rule(NetworkPolicySpec, (spec) => {
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  }),
]

/** Three hours. */
const affinityTimeoutSeconds = 10800

function sessionAffinity(spec: ServiceSpec): void {
  if (spec.sessionAffinity !== 'ClientIP') delete spec.sessionAffinityConfig
  else if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinityTimeoutSeconds } }
}
