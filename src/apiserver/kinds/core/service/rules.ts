import { ClientIPConfig, type Service, ServicePort, ServiceSpec } from '../../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { dns1123Label, dns1123Subdomain, qualifiedName } from '../../../../api/names.ts'
import type { Stored } from '../../../../api/object.ts'
import {
  duplicates,
  equal,
  ip,
  named,
  oneOf,
  port,
  portOrName,
  portOrZero,
  required,
  usableIP,
} from '../../rules/checks.ts'
import { labels } from '../../rules/labels.ts'
import { cidr } from '../../rules/network.ts'
import { type Check, rule } from '../../rules/walk.ts'

const day = 86_400

const clusterIP: Check<string> = (value, field) => (value === 'None' ? [] : ip(value, field))
const qualified = named(qualifiedName)

export const serviceRules = [
  rule(
    ServiceSpec,
    {
      type: required,
      clusterIPs: (list = [], field) => list.flatMap((value, i) => clusterIP(value, `${field}[${i}]`)),
      externalIPs: (list = [], field) => list.flatMap((value, i) => usableIP(value, `${field}[${i}]`)),
      loadBalancerSourceRanges: (list = [], field) => list.flatMap((value, i) => cidr(value.trim(), `${field}[${i}]`)),
      trafficDistribution: oneOf('PreferClose', 'PreferSameNode', 'PreferSameZone'),
      selector: labels,
    },
    (spec, field) => [...ipProblems(spec, field), ...portProblems(spec, field), ...typeProblems(spec, field)],
  ),
  rule(ServicePort, {
    port,
    protocol: required,
    targetPort: portOrName,
    name: named(dns1123Label),
    nodePort: portOrZero,
    appProtocol: qualified,
  }),
  rule(ClientIPConfig, {
    timeoutSeconds: (value, field) =>
      value !== undefined && (value <= 0 || value > day)
        ? [fieldError.invalid(field, value, `must be greater than 0 and less than ${day}`)]
        : [],
  }),
]

function ipProblems(
  { type, clusterIP: one = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy }: ServiceSpec,
  field: string,
): FieldError[] {
  if (type === 'ExternalName') {
    const given: [string, unknown][] = [
      ['clusterIPs', clusterIPs.length && clusterIPs],
      ['ipFamilies', ipFamilies.length && ipFamilies],
      ['ipFamilyPolicy', ipFamilyPolicy],
    ]
    return given
      .filter(([, value]) => value)
      .map(([name, value]) =>
        name === 'clusterIPs'
          ? fieldError.invalid(`${field}.${name}`, value, 'may not be set for ExternalName services')
          : fieldError.forbidden(`${field}.${name}`, 'may not be set for ExternalName services'),
      )
  }
  const errors: FieldError[] = []
  if (clusterIPs.length && !one)
    errors.push(fieldError.required(`${field}.clusterIP`, 'must be set when clusterIPs is set'))
  else if (clusterIPs.length && clusterIPs[0] !== one)
    errors.push(fieldError.invalid(`${field}.clusterIPs`, clusterIPs, 'first value must match `clusterIP`'))
  if (clusterIPs.length > 1 && clusterIPs.includes('None'))
    errors.push(fieldError.invalid(`${field}.clusterIPs`, clusterIPs, "'None' must be the first and only value"))
  if (clusterIPs.length > 2)
    errors.push(fieldError.invalid(`${field}.clusterIPs`, clusterIPs, 'may only hold up to 2 values'))
  if (one === 'None' && type !== 'ClusterIP')
    errors.push(fieldError.invalid(`${field}.clusterIPs[0]`, 'None', `may not be set to 'None' for ${type} services`))
  errors.push(
    ...duplicates(ipFamilies.map((family, i) => [family, `${field}.ipFamilies[${i}]`])),
    ...ipFamilies.flatMap((family, i) => oneOf('IPv4', 'IPv6')(family, `${field}.ipFamilies[${i}]`)),
  )
  return errors
}

function portProblems({ type, clusterIP: one, ports = [] }: ServiceSpec, field: string): FieldError[] {
  const errors: FieldError[] = []
  const at = `${field}.ports`
  if (ports.length === 0 && type !== 'ExternalName' && one !== 'None') errors.push(fieldError.required(at))
  if (ports.length > 1)
    for (const [i, { name }] of ports.entries()) if (!name) errors.push(fieldError.required(`${at}[${i}].name`))
  errors.push(...duplicates(ports.map(({ name = '' }, i) => [name, `${at}[${i}].name`])), ...sameSocket(ports, at))
  if (type === 'ClusterIP' || type === 'ExternalName')
    for (const [i, { nodePort }] of ports.entries())
      if (nodePort)
        errors.push(fieldError.forbidden(`${at}[${i}].nodePort`, `may not be used when \`type\` is '${type}'`))
  if (type === 'NodePort' || type === 'LoadBalancer') {
    const keys = ports.map(({ protocol, nodePort }) => (nodePort ? `${protocol}/${nodePort}` : ''))
    for (const [i, { nodePort }] of ports.entries())
      if (nodePort && keys.indexOf(keys[i] ?? '') < i)
        errors.push(fieldError.duplicate(`${at}[${i}].nodePort`, nodePort))
  }
  return errors
}

function sameSocket(ports: ServicePort[], field: string): FieldError[] {
  const keys = ports.map(({ protocol, port }) => `${protocol}/${port}`)
  return ports.flatMap(({ protocol, port }, i) =>
    keys.indexOf(keys[i] ?? '') < i ? [fieldError.duplicate(`${field}[${i}]`, { protocol, port })] : [],
  )
}

function typeProblems(spec: ServiceSpec, field: string): FieldError[] {
  const { type, externalName = '', externalTrafficPolicy, healthCheckNodePort, loadBalancerClass } = spec
  const errors: FieldError[] = []
  if (type === 'ExternalName') {
    const problems = externalName ? dns1123Subdomain(externalName.replace(/\.$/, '')) : []
    if (!externalName) errors.push(fieldError.required(`${field}.externalName`))
    errors.push(...problems.map((problem) => fieldError.invalid(`${field}.externalName`, externalName, problem)))
  }
  const external =
    type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0)
  if (externalTrafficPolicy && !external)
    errors.push(
      fieldError.invalid(
        `${field}.externalTrafficPolicy`,
        externalTrafficPolicy,
        'may only be set for externally-accessible services',
      ),
    )
  if (healthCheckNodePort && !(type === 'LoadBalancer' && externalTrafficPolicy === 'Local'))
    errors.push(
      fieldError.invalid(
        `${field}.healthCheckNodePort`,
        healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    )
  if (loadBalancerClass && type !== 'LoadBalancer')
    errors.push(fieldError.forbidden(`${field}.loadBalancerClass`, "may only be used when `type` is 'LoadBalancer'"))
  if (spec.allocateLoadBalancerNodePorts !== undefined && type !== 'LoadBalancer')
    errors.push(
      fieldError.forbidden(`${field}.allocateLoadBalancerNodePorts`, "may only be used when `type` is 'LoadBalancer'"),
    )
  if (spec.loadBalancerSourceRanges?.length && type !== 'LoadBalancer')
    errors.push(
      fieldError.forbidden(`${field}.LoadBalancerSourceRanges`, "may only be used when `type` is 'LoadBalancer'"),
    )
  if (spec.sessionAffinity !== 'ClientIP' && spec.sessionAffinityConfig)
    errors.push(
      fieldError.forbidden(
        `${field}.sessionAffinityConfig`,
        `must not be set when session affinity is ${spec.sessionAffinity ?? 'None'}`,
      ),
    )
  return errors
}

/** A Service keeps its addresses as long as it has any. */
export function validateServiceUpdate(service: Service, old: Stored<Service>): FieldError[] {
  const { spec } = service
  if (!spec || spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return []
  const before = old.spec.clusterIPs ?? (old.spec.clusterIP ? [old.spec.clusterIP] : [])
  const now = spec.clusterIPs ?? []
  const errors: FieldError[] = []
  if (before[0] && now[0] !== before[0])
    errors.push(fieldError.invalid('spec.clusterIPs[0]', now[0] ?? '', 'may not change once set'))
  else if (before[1] && now[1] && now[1] !== before[1])
    errors.push(fieldError.invalid('spec.clusterIPs[1]', now[1], 'may not change once set'))
  const family = old.spec.ipFamilies?.[0]
  if (family && spec.ipFamilies?.length && spec.ipFamilies[0] !== family)
    errors.push(fieldError.invalid('spec.ipFamilies[0]', spec.ipFamilies[0], 'may not change once set'))
  const bothBalanced = spec.type === 'LoadBalancer' && old.spec.type === 'LoadBalancer'
  if (bothBalanced && !equal(spec.loadBalancerClass, old.spec.loadBalancerClass))
    errors.push(fieldError.invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'))
  return errors
}
