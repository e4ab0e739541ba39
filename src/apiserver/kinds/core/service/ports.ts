import type { ServicePort, ServiceSpec } from '../../../../api/core/v1/index.ts'
import { fieldError, internalError } from '../../../../api/errors.ts'
import type { Random } from '../../../../api/random.ts'
import { FieldProblem, mayHaveNodePorts, needsHealthCheckPort, needsNodePorts } from './fields.ts'
import type { PortSet } from './port-set.ts'

/**
 * A Service with the node ports it needs, those it did not have before now taken from `ports`. Those it gives up stay
 * taken: they are its own until the change is stored.
 * @throws FieldProblem for a port that cannot be had, ApiError 500 when none is left
 */
export function withNodePorts(
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
  random: Random,
  ports: PortSet,
): ServiceSpec {
  if (!mayHaveNodePorts(spec)) return spec
  const had = old ? nodePortsOf(old) : []
  const used = new Map<number, Set<string>>()
  const take = (port: number, field: string) => {
    const problem = had.includes(port) ? undefined : ports.take(port)
    if (problem) throw new FieldProblem(fieldError.invalid(field, port, problem))
  }
  for (const [i, { nodePort, protocol = 'TCP' }] of (spec.ports ?? []).entries()) {
    if (!nodePort) continue
    const field = `spec.ports[${i}].nodePort`
    const protocols = used.get(nodePort)
    // The same port of another protocol is another socket.
    if (!protocols) take(nodePort, field)
    else if (protocols.has(protocol))
      throw new FieldProblem(fieldError.invalid(field, nodePort, 'provided port is already allocated'))
    used.set(nodePort, (protocols ?? new Set()).add(protocol))
  }
  const nodePortOf = new Map((spec.ports ?? []).map(({ port, nodePort }) => [port, nodePort]))
  const given = (port: ServicePort): ServicePort => {
    if (port.nodePort) return port
    const { protocol = 'TCP' } = port
    const sibling = nodePortOf.get(port.port)
    const nodePort = sibling && !used.get(sibling)?.has(protocol) ? sibling : pick(ports, random)
    nodePortOf.set(port.port, nodePort)
    used.set(nodePort, (used.get(nodePort) ?? new Set()).add(protocol))
    return { ...port, nodePort }
  }
  const result: ServiceSpec = { ...spec, ...(spec.ports && needsNodePorts(spec) && { ports: spec.ports.map(given) }) }
  if (needsHealthCheckPort(spec)) {
    const asked = spec.healthCheckNodePort
    if (asked) take(asked, 'spec.healthCheckNodePort')
    result.healthCheckNodePort = asked || pick(ports, random)
  }
  return result
}

function pick(ports: PortSet, random: Random): number {
  const port = ports.pick(random)
  if (port === undefined) throw internalError('failed to allocate a nodePort: range is full')
  return port
}

/** Every node port that a Service has, once. */
export function nodePortsOf({ ports = [], healthCheckNodePort }: ServiceSpec): number[] {
  const all = [...ports.map(({ nodePort }) => nodePort), healthCheckNodePort]
  return [...new Set(all.filter((port): port is number => !!port))]
}
