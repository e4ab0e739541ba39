import { type Service, type ServiceSpec, Services } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError, internalError, invalid } from '../../../api/errors.ts'
import { formatIp, parseCidr, parseIp } from '../../../api/ip.ts'
import type { Stored } from '../../../api/object.ts'
import type { Allocation, HookContext } from '../../definition.ts'
import { IpAllocator } from './ip-allocator.ts'
import { PortAllocator } from './port-allocator.ts'
import { isHeadless, mayHaveNodePorts, needsClusterIP, needsHealthCheckPort, needsNodePorts } from './service-fields.ts'

const families = { 4: 'IPv4', 6: 'IPv6' } as const

/**
 * Gives Services their cluster IPs and node ports. What is taken is kept in memory and read from the stored Services
 * once, at the first use. Taking is synchronous, so that of two creates at the same time only one gets an address.
 */
export class ServiceAllocator {
  readonly #ips: IpAllocator[]
  readonly #ports: PortAllocator
  #loading: Promise<void> | undefined

  /** @param ranges one or two CIDRs, comma separated; the first one's family is the cluster's primary one */
  constructor(ranges: string, ports: string) {
    this.#ips = ranges.split(',').map((range) => {
      const cidr = parseCidr(range.trim())
      if (!cidr) throw new Error(`invalid service cluster IP range ${JSON.stringify(range)}`)
      return new IpAllocator(cidr)
    })
    this.#ports = new PortAllocator(ports)
  }

  /** @throws ApiError 422 when what the Service asks for is taken or out of range, 500 when nothing is left. */
  async allocate(
    service: Service,
    old: Stored<Service> | undefined,
    context: HookContext,
  ): Promise<Allocation<Service>> {
    this.#loading ??= this.#load(context)
    await this.#loading
    if (!service.spec) return { object: service, release: () => {} }
    const undo: (() => void)[] = []
    const release = () => {
      for (const step of undo.reverse()) step()
    }
    try {
      const withIPs = this.#withIPs(service.spec, old?.spec, context, undo)
      const spec = this.#withPorts(withIPs, old?.spec, context, undo)
      return { object: { ...service, spec }, release }
    } catch (error) {
      release()
      if (error instanceof FieldProblem)
        throw invalid({ group: '', kind: 'Service' }, service.metadata?.name ?? '', [error.error])
      throw error
    }
  }

  /** What a Service that is gone had. */
  released({ spec }: Service): void {
    if (!spec) return
    for (const ip of addressesOf(spec)) this.#freeIP(ip)
    for (const port of portsOf(spec)) this.#ports.release(port)
  }

  async #load({ objects }: HookContext): Promise<void> {
    try {
      for (const { spec } of await objects.list(Services)) {
        for (const ip of addressesOf(spec)) this.#takeIP(ip)
        for (const port of portsOf(spec)) this.#ports.take(port)
      }
    } catch (error) {
      this.#loading = undefined
      throw error
    }
  }

  #withIPs(
    spec: ServiceSpec,
    old: ServiceSpec | undefined,
    { random }: HookContext,
    undo: (() => void)[],
  ): ServiceSpec {
    const had = old ? addressesOf(old) : []
    if (!needsClusterIP(spec)) {
      this.#drop(had, undo)
      return spec
    }
    const shape = this.#shape(spec)
    if (isHeadless(spec)) return { ...spec, ...shape, clusterIP: 'None', clusterIPs: ['None'] }
    const asked = addressesOf(spec)
    const wanted = shape.ipFamilies.map((family, i) => asked[i] ?? this.#pickFor(family, random, undo))
    const clusterIPs = wanted.filter((ip) => ip !== undefined)
    for (const ip of asked) if (!had.includes(ip)) this.#take(ip, asked, undo)
    this.#drop(
      had.filter((ip) => !clusterIPs.includes(ip)),
      undo,
    )
    return { ...spec, ...shape, clusterIP: clusterIPs[0], clusterIPs }
  }

  /** The families and the policy of a Service: what it says, completed by what its addresses and the cluster say. */
  #shape(spec: ServiceSpec): { ipFamilies: string[]; ipFamilyPolicy: string } {
    const cluster = this.#ips.map(({ cidr }) => families[cidr.family])
    const fromIPs = addressesOf(spec).map((ip) => families[parseIp(ip)?.family ?? 4])
    const freeStanding = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0
    const count = Math.max(spec.ipFamilies?.length ?? 0, fromIPs.length)
    const policy = spec.ipFamilyPolicy ?? (freeStanding || count > 1 ? 'RequireDualStack' : 'SingleStack')
    const known = spec.ipFamilies?.length ? spec.ipFamilies : fromIPs.length ? fromIPs : cluster.slice(0, 1)
    const unknown = known.filter((family) => !freeStanding && !cluster.some((c) => c === family))
    if (unknown.length)
      throw new FieldProblem(fieldError.invalid('spec.ipFamilies[0]', unknown[0], 'not configured on this cluster'))
    if (policy === 'SingleStack') {
      if (known.length > 1 && spec.ipFamilyPolicy)
        throw new FieldProblem(
          fieldError.invalid(
            'spec.ipFamilyPolicy',
            policy,
            "must be RequireDualStack or PreferDualStack when multiple 'ipFamilies' are specified",
          ),
        )
      return { ipFamilies: known.slice(0, 1), ipFamilyPolicy: policy }
    }
    if (policy === 'RequireDualStack' && cluster.length < 2 && !freeStanding)
      throw new FieldProblem(
        fieldError.invalid('spec.ipFamilyPolicy', policy, 'this cluster is not configured for dual-stack services'),
      )
    const possible: string[] = freeStanding ? ['IPv4', 'IPv6'] : cluster
    return { ipFamilies: [...known, ...possible.filter((f) => !known.includes(f))], ipFamilyPolicy: policy }
  }

  #withPorts(
    spec: ServiceSpec,
    old: ServiceSpec | undefined,
    { random }: HookContext,
    undo: (() => void)[],
  ): ServiceSpec {
    const had = old ? portsOf(old) : []
    const used = new Map<number, Set<string>>()
    const claim = (port: number, field: string, protocol: string) => {
      const protocols = used.get(port)
      // The same port of another protocol is another socket.
      if (protocols && !protocols.has(protocol)) return void protocols.add(protocol)
      if (protocols) throw new FieldProblem(fieldError.invalid(field, port, 'provided port is already allocated'))
      if (!had.includes(port)) this.#takePort(port, field, undo)
      used.set(port, new Set([protocol]))
    }
    const ports = mayHaveNodePorts(spec)
      ? spec.ports?.map((port, i) => {
          if (port.nodePort) claim(port.nodePort, `spec.ports[${i}].nodePort`, port.protocol ?? 'TCP')
          return port
        })
      : spec.ports
    const nodePortOf = new Map((ports ?? []).map(({ port, nodePort }) => [port, nodePort]))
    const filled = needsNodePorts(spec)
      ? ports?.map((port) => {
          if (port.nodePort) return port
          const protocol = port.protocol ?? 'TCP'
          const sibling = nodePortOf.get(port.port)
          const nodePort = sibling && !used.get(sibling)?.has(protocol) ? sibling : this.#pickPort(random, undo)
          nodePortOf.set(port.port, nodePort)
          used.set(nodePort, (used.get(nodePort) ?? new Set()).add(protocol))
          return { ...port, nodePort }
        })
      : ports
    const result: ServiceSpec = { ...spec, ...(filled && { ports: filled }) }
    if (needsHealthCheckPort(spec)) {
      const asked = spec.healthCheckNodePort
      if (asked && !had.includes(asked)) this.#takePort(asked, 'spec.healthCheckNodePort', undo)
      result.healthCheckNodePort = asked || this.#pickPort(random, undo)
      used.set(result.healthCheckNodePort, new Set())
    }
    for (const port of had.filter((p) => !used.has(p))) {
      this.#ports.release(port)
      undo.push(() => this.#ports.take(port))
    }
    return result
  }

  #take(ip: string, all: string[], undo: (() => void)[]): void {
    const taken = this.#takeIP(ip)
    if (!taken.ok)
      throw new FieldProblem(fieldError.invalid('spec.clusterIPs', all, `failed to allocate IP ${ip}: ${taken.why}`))
    undo.push(() => this.#freeIP(ip))
  }

  #takePort(port: number, field: string, undo: (() => void)[]): void {
    const taken = this.#ports.take(port)
    if (!taken.ok) throw new FieldProblem(fieldError.invalid(field, port, taken.why))
    undo.push(() => this.#ports.release(port))
  }

  #pickFor(family: string, random: HookContext['random'], undo: (() => void)[]): string | undefined {
    const allocator = this.#ips.find(({ cidr }) => families[cidr.family] === family)
    if (!allocator) return undefined
    const ip = allocator.pick(random)
    if (!ip) throw internalError('failed to allocate a serviceIP: range is full')
    undo.push(() => allocator.release(ip))
    return formatIp(ip)
  }

  #pickPort(random: HookContext['random'], undo: (() => void)[]): number {
    const port = this.#ports.pick(random)
    if (port === undefined) throw internalError('failed to allocate a nodePort: range is full')
    undo.push(() => this.#ports.release(port))
    return port
  }

  /** Frees what an update gives up; when storing fails, it is taken again. */
  #drop(ips: string[], undo: (() => void)[]): void {
    for (const ip of ips) {
      this.#freeIP(ip)
      undo.push(() => this.#takeIP(ip))
    }
  }

  #takeIP(text: string) {
    const ip = parseIp(text)
    const allocator = this.#ips.find(({ cidr }) => cidr.family === ip?.family)
    return ip && allocator
      ? allocator.take(ip)
      : { ok: false as const, why: 'the provided network does not match the current range' }
  }

  #freeIP(text: string): void {
    const ip = parseIp(text)
    if (ip) for (const allocator of this.#ips) allocator.release(ip)
  }
}

class FieldProblem extends Error {
  readonly error: FieldError
  constructor(error: FieldError) {
    super(error.message)
    this.error = error
  }
}

function addressesOf({ clusterIP, clusterIPs, type }: ServiceSpec): string[] {
  if (type === 'ExternalName') return []
  const all = clusterIPs?.length ? clusterIPs : clusterIP ? [clusterIP] : []
  return all.filter((ip) => ip && ip !== 'None')
}

function portsOf({ ports = [], healthCheckNodePort }: ServiceSpec): number[] {
  return [
    ...new Set([...ports.map(({ nodePort }) => nodePort), healthCheckNodePort].filter((port) => !!port)),
  ] as number[]
}
