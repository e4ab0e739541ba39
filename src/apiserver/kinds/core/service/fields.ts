import type { Service, ServicePort, ServiceSpec } from '../../../../api/core/v1/index.ts'
import type { FieldError } from '../../../../api/errors.ts'
import { jsonEqual } from '../../../../api/machinery/json/json-equal.ts'
import type { Stored } from '../../../../api/object.ts'

/** What the fields of a Service that hang together say; pure. */

/** A field that asks for what it cannot have. */
export class FieldProblem extends Error {
  readonly error: FieldError
  constructor(error: FieldError) {
    super(error.message)
    this.error = error
  }
}

export const needsClusterIP = ({ type }: ServiceSpec): boolean => type !== 'ExternalName'
export const isHeadless = ({ clusterIP, clusterIPs }: ServiceSpec): boolean =>
  clusterIP === 'None' || clusterIPs?.[0] === 'None'
export const needsNodePorts = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)
export const mayHaveNodePorts = ({ type }: ServiceSpec): boolean => type === 'NodePort' || type === 'LoadBalancer'
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local'

/** `clusterIP` is the first of `clusterIPs`; clients that know only one of them set only that. */
export function withBothIPs(spec: ServiceSpec, old?: ServiceSpec): ServiceSpec {
  const { clusterIP = '', clusterIPs = [] } = spec
  if (!old) return clusterIP && clusterIPs.length === 0 ? { ...spec, clusterIPs: [clusterIP] } : spec
  const listChanged = !jsonEqual(clusterIPs, old.clusterIPs ?? [])
  if (clusterIP === (old.clusterIP ?? '') || listChanged) return spec
  return { ...spec, clusterIPs: clusterIP ? [clusterIP, ...clusterIPs.slice(1)] : undefined }
}

/**
 * An update that leaves out what the server had filled in means to keep it; a change of type drops what only the old
 * type had, unless the update says something new about it.
 */
export function carriedOver(service: Service, old: Stored<Service>): Service {
  if (!service.spec) return service
  const before = old.spec
  let spec = withBothIPs(service.spec, before)
  if (needsClusterIP(before) && needsClusterIP(spec)) {
    if (!spec.clusterIP && !spec.clusterIPs?.length)
      spec = { ...spec, clusterIP: before.clusterIP, clusterIPs: before.clusterIPs }
    spec = {
      ...spec,
      ipFamilyPolicy: spec.ipFamilyPolicy ?? before.ipFamilyPolicy,
      ipFamilies: spec.ipFamilies ?? before.ipFamilies,
    }
  }
  if (mayHaveNodePorts(before) && needsNodePorts(spec)) spec = { ...spec, ports: keepNodePorts(spec, before) }
  if (needsHealthCheckPort(before) && needsHealthCheckPort(spec))
    spec = { ...spec, healthCheckNodePort: spec.healthCheckNodePort || before.healthCheckNodePort }
  return { ...service, spec: withoutLeftovers(spec, before) }
}

const portKey = ({ protocol, port }: ServicePort) => `${protocol ?? 'TCP'}/${port}`

function keepNodePorts(spec: ServiceSpec, before: ServiceSpec): ServicePort[] | undefined {
  const given = new Map((before.ports ?? []).map((port) => [portKey(port), port.nodePort]))
  const asked = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort))
  return spec.ports?.map((port) => {
    const kept = given.get(portKey(port))
    return port.nodePort || !kept || asked.has(kept) ? port : { ...port, nodePort: kept }
  })
}

/** Fields that only make sense for some types, each with the test whether it still does. */
const typeFields: [keyof ServiceSpec, (spec: ServiceSpec) => boolean][] = [
  ['clusterIP', needsClusterIP],
  ['clusterIPs', needsClusterIP],
  ['ipFamilies', needsClusterIP],
  ['ipFamilyPolicy', needsClusterIP],
  ['internalTrafficPolicy', needsClusterIP],
  ['healthCheckNodePort', needsHealthCheckPort],
  ['allocateLoadBalancerNodePorts', ({ type }) => type === 'LoadBalancer'],
  ['loadBalancerClass', ({ type }) => type === 'LoadBalancer'],
  ['externalTrafficPolicy', (spec) => mayHaveNodePorts(spec) || (spec.externalIPs?.length ?? 0) > 0],
  ['externalName', ({ type }) => type === 'ExternalName'],
]

function withoutLeftovers(spec: ServiceSpec, before: ServiceSpec): ServiceSpec {
  const kept: ServiceSpec = { ...spec }
  for (const [field, fits] of typeFields) {
    if (fits(before) && !fits(spec) && jsonEqual(spec[field], before[field])) delete kept[field]
  }
  if (mayHaveNodePorts(before) && !mayHaveNodePorts(spec)) {
    const given = new Set((before.ports ?? []).map(({ nodePort }) => nodePort))
    kept.ports = spec.ports?.map(({ nodePort, ...port }) => (given.has(nodePort) ? port : { ...port, nodePort }))
  }
  return kept
}
