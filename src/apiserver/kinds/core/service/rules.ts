import {
  ClientIPConfig,
  type LoadBalancerIngress,
  type Service,
  ServicePort,
  ServiceSpec,
} from '../../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { parseIp } from '../../../../api/ip.ts'
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
/** Here, an empty one is one. */
const qualified: Check<string> = (value, field) =>
  value === undefined ? [] : qualifiedName(value).map((problem) => fieldError.invalid(field, value, problem))

export const serviceRules = [
  rule(
    ServiceSpec,
    {
      type: required,
      clusterIPs: (list = [], field) => list.flatMap((value, i) => clusterIP(value, `${field}[${i}]`)),
      externalIPs: (list = [], field) => list.flatMap((value, i) => usableIP(value, `${field}[${i}]`)),
      loadBalancerSourceRanges: (list = [], field) =>
        list.flatMap((value, i) => cidr(value.trim(), `${field.replace(/loadBalancer/, 'LoadBalancer')}[${i}]`)),
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
      .map(([name]) => fieldError.forbidden(`${field}.${name}`, 'may not be set for ExternalName services'))
  }
  const errors: FieldError[] = []
  if (clusterIPs.length && !one)
    errors.push(
      fieldError.invalid(`${field}.clusterIPs`, clusterIPs, 'must be empty when `clusterIP` is not specified'),
    )
  else if (clusterIPs.length && clusterIPs[0] !== one)
    errors.push(fieldError.invalid(`${field}.clusterIPs`, clusterIPs, 'first value must match `clusterIP`'))
  if (clusterIPs.length > 1 && clusterIPs.includes('None'))
    errors.push(fieldError.invalid(`${field}.clusterIPs`, clusterIPs, "'None' must be the first and only value"))
  if (clusterIPs.length > 2)
    errors.push(fieldError.invalid(`${field}.clusterIPs`, clusterIPs, 'may only hold up to 2 values'))
  if (clusterIPs.every((ip) => parseIp(ip))) errors.push(...familyProblems(clusterIPs, ipFamilies, field))
  if (one === 'None' && type !== 'ClusterIP')
    errors.push(fieldError.invalid(`${field}.clusterIPs[0]`, 'None', `may not be set to 'None' for ${type} services`))
  errors.push(
    ...duplicates(ipFamilies.map((family, i) => [family, `${field}.ipFamilies[${i}]`])),
    ...ipFamilies.flatMap((family, i) => oneOf('IPv4', 'IPv6')(family, `${field}.ipFamilies[${i}]`)),
  )
  return errors
}

function familyProblems(clusterIPs: readonly string[], families: readonly string[], field: string): FieldError[] {
  const own = clusterIPs.map((ip) => `IPv${parseIp(ip)?.family}`)
  return [
    ...(new Set(own).size < own.length
      ? [fieldError.invalid(`${field}.clusterIPs`, clusterIPs, 'may specify no more than one IP for each IP family')]
      : []),
    ...own.flatMap((family, i) =>
      families[i] && families[i] !== family
        ? [
            fieldError.invalid(
              `${field}.clusterIPs[${i}]`,
              clusterIPs[i],
              `expected an ${families[i]} value as indicated by \`ipFamilies[${i}]\``,
            ),
          ]
        : [],
    ),
  ]
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
  if (type === 'LoadBalancer') errors.push(...qualified(loadBalancerClass, `${field}.loadBalancerClass`))
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

const hints = 'service.kubernetes.io/topology-aware-hints'
const mode = 'service.kubernetes.io/topology-mode'
const ranges = 'service.beta.kubernetes.io/load-balancer-source-ranges'

/** What annotations say of a Service. */
export function validateService({ metadata, spec = {} }: Service): FieldError[] {
  const { annotations = {} } = metadata ?? {}
  const at = (key: string) => `metadata.annotations[${key}]`
  const errors: FieldError[] = []
  if (annotations[mode] !== undefined && annotations[hints] !== undefined && annotations[mode] !== annotations[hints])
    errors.push(
      fieldError.invalid(at(mode), annotations[mode], `must match annotations[${hints}] when both are specified`),
    )
  const text = annotations[ranges]
  if (text === undefined || spec.loadBalancerSourceRanges?.length) return errors
  if (spec.type !== 'LoadBalancer')
    errors.push(fieldError.forbidden(at(ranges), "may only be used when `type` is 'LoadBalancer'"))
  const list = text.trim() ? text.split(',') : []
  return [...errors, ...list.flatMap((range) => cidr(range.trim(), at(ranges)))]
}

/** Addresses of load balancers belong to Services that have one. */
export function validateServiceStatus({ spec, status }: Service): FieldError[] {
  const { ingress = [] } = status?.loadBalancer ?? {}
  const field = 'status.loadBalancer.ingress'
  if (ingress.length && spec?.type !== 'LoadBalancer')
    return [fieldError.forbidden(field, 'may only be used when `spec.type` is "LoadBalancer"')]
  return ingress.flatMap((given, i) => balancerProblems(given, `${field}[${i}]`))
}

function balancerProblems(given: LoadBalancerIngress, field: string): FieldError[] {
  const { ipMode, hostname = '' } = given
  const errors = ip(given.ip, `${field}.ip`)
  if (given.ip && !ipMode) errors.push(fieldError.required(`${field}.ipMode`, 'must be specified when `ip` is set'))
  if (!given.ip && ipMode)
    errors.push(fieldError.forbidden(`${field}.ipMode`, 'may not be specified when `ip` is not set'))
  else errors.push(...oneOf('Proxy', 'VIP')(ipMode, `${field}.ipMode`))
  errors.push(...named(dns1123Subdomain)(hostname, `${field}.hostname`))
  if (parseIp(hostname))
    errors.push(fieldError.invalid(`${field}.hostname`, hostname, 'must be a DNS name, not an IP address'))
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
