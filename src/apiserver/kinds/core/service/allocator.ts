import type { Clock } from '../../../../api/clock.ts'
import type { Service, ServiceSpec } from '../../../../api/core/v1/index.ts'
import { fieldError, internalError, invalid } from '../../../../api/errors.ts'
import { parseIp } from '../../../../api/ip.ts'
import type { ObjectName, Stored } from '../../../../api/object.ts'
import type { Store } from '../../../../store/store.ts'
import type { Allocation, HookContext, Objects } from '../../../definition.ts'
import { AddressProblem, addressesOf, familyOf, ServiceAddresses } from './addresses.ts'
import { FieldProblem, isHeadless, mayHaveNodePorts, needsClusterIP } from './fields.ts'
import { parsePortRange } from './port-set.ts'
import { nodePortsOf, withNodePorts } from './ports.ts'
import { ServiceRepair } from './repair.ts'
import { StoredPorts } from './stored-ports.ts'

export interface ServiceAllocatorOptions {
  /** Keeps what is taken, so that all servers of a store agree. */
  store: Store
  /** One or two CIDRs, comma separated. */
  clusterIPs: string
  /** `30000-32767` */
  nodePorts: string
  warn(message: string, fields: Record<string, string>): void
}

/** Takes back one claim. */
type Undo = () => Promise<void>

/**
 * Gives Services their cluster IPs and node ports. A claim is a write to the store, made before the Service is stored
 * and undone when that fails; what a Service gives up is free once that is stored. `repair` finds claims that a dying
 * server leaves.
 */
export class ServiceAllocator {
  readonly addresses: ServiceAddresses
  readonly #ports: StoredPorts
  readonly #repair: ServiceRepair
  #prepared: Promise<void> | undefined

  /** @throws Error for ranges that are none */
  constructor({ store, clusterIPs, nodePorts, warn }: ServiceAllocatorOptions) {
    this.addresses = new ServiceAddresses(clusterIPs)
    this.#ports = new StoredPorts(store, parsePortRange(nodePorts))
    this.#repair = new ServiceRepair(this.addresses, this.#ports, warn)
  }

  /** @throws ApiError 422 when what the Service asks for is taken or out of range, 500 when nothing is left. */
  async allocate(
    service: Service,
    old: Stored<Service> | undefined,
    context: HookContext,
  ): Promise<Allocation<Service>> {
    if (!service.spec) return { object: service, release() {} }
    await this.#prepare(context)
    const owner = ownerOf(service)
    const undo: Undo[] = []
    const release = async () => {
      for (const step of undo.reverse()) await quietly(step)
    }
    // At once, as each is a write; one that has succeeded must be known before it can be undone.
    const [newIPs, withPorts] = await Promise.allSettled([
      this.#newIPs(service.spec, old?.spec, owner, context, undo),
      this.#withPorts(service.spec, old?.spec, context, undo),
    ])
    try {
      const ips = valueIn(newIPs)
      const spec = { ...valueIn(withPorts), ...ips }
      const commit = () => this.#free(old?.spec, spec, owner, context.objects)
      return { object: { ...service, spec }, release, commit }
    } catch (error) {
      await release()
      if (!(error instanceof FieldProblem)) throw error
      throw invalid({ group: '', kind: 'Service' }, owner.name, [error.error])
    }
  }

  /** Gives back what a Service that is gone had. */
  async released(service: Stored<Service>, { objects }: HookContext): Promise<void> {
    await this.#free(service.spec, undefined, ownerOf(service), objects)
  }

  /** Makes what is taken and what Services have agree; see `ServiceRepair`. */
  repair(objects: Objects, clock: Clock): Promise<void> {
    return this.#repair.run(objects, clock)
  }

  /** Claims what Services of foreign data hold unclaimed: before the first claim, and so not at the start. */
  async #prepare({ objects, clock }: HookContext): Promise<void> {
    this.#prepared ??= this.repair(objects, clock)
    try {
      await this.#prepared
    } catch (error) {
      this.#prepared = undefined
      throw error
    }
  }

  /** The fields of a Service that its addresses make. */
  async #newIPs(
    spec: ServiceSpec,
    old: ServiceSpec | undefined,
    owner: ObjectName,
    context: HookContext,
    undo: Undo[],
  ): Promise<ServiceSpec> {
    if (!needsClusterIP(spec)) return {}
    const shape = this.#shape(spec)
    if (isHeadless(spec)) return { ...shape, clusterIP: 'None', clusterIPs: ['None'] }
    const had = old ? addressesOf(old) : []
    const asked = addressesOf(spec)
    const taken = (ip: string) => {
      if (!context.dryRun) undo.push(() => this.addresses.free(ip, owner, context.objects))
    }
    for (const ip of asked) {
      if (had.includes(ip)) continue
      await this.addresses.take(ip, owner, context).catch((error: unknown) => {
        if (!(error instanceof AddressProblem)) throw error
        const why = `failed to allocate IP ${ip}: ${error.message}`
        throw new FieldProblem(fieldError.invalid('spec.clusterIPs', asked, why))
      })
      taken(ip)
    }
    const clusterIPs = [...asked]
    for (const family of shape.ipFamilies.slice(asked.length)) {
      if (!this.addresses.families.some((known) => known === family)) continue
      const ip = await this.addresses.pick(family, owner, context)
      if (!ip) throw internalError('failed to allocate a serviceIP: range is full')
      taken(ip)
      clusterIPs.push(ip)
    }
    return { ...shape, clusterIP: clusterIPs[0], clusterIPs }
  }

  /** The families and the policy of a Service: what it says, completed by what its addresses and the cluster say. */
  #shape(spec: ServiceSpec): { ipFamilies: string[]; ipFamilyPolicy: string } {
    const cluster = this.addresses.families
    const fromIPs = addressesOf(spec).map((ip) => familyOf(parseIp(ip) ?? { family: 4 }))
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

  async #withPorts(
    spec: ServiceSpec,
    old: ServiceSpec | undefined,
    { random, dryRun }: HookContext,
    undo: Undo[],
  ): Promise<ServiceSpec> {
    if (!mayHaveNodePorts(spec)) return spec
    const give = (ports: Parameters<typeof withNodePorts>[3]) => withNodePorts(spec, old, random, ports)
    if (dryRun) return this.#ports.look(give)
    const result = await this.#ports.change(give)
    undo.push(() => this.#freePorts(nodePortsOf(result), old))
    return result
  }

  /** Frees what `before` has and `after` has not. */
  async #free(
    before: ServiceSpec | undefined,
    after: ServiceSpec | undefined,
    owner: ObjectName,
    objects: Objects,
  ): Promise<void> {
    if (!before) return
    const kept = after ? addressesOf(after) : []
    const ips = addressesOf(before).filter((ip) => !kept.includes(ip))
    await Promise.all([
      ...ips.map((ip) => quietly(() => this.addresses.free(ip, owner, objects))),
      quietly(() => this.#freePorts(nodePortsOf(before), after)),
    ])
  }

  async #freePorts(ports: number[], unlessOf: ServiceSpec | undefined): Promise<void> {
    const kept = unlessOf ? nodePortsOf(unlessOf) : []
    const gone = ports.filter((port) => !kept.includes(port))
    if (gone.length === 0) return
    await this.#ports.change((taken) => {
      for (const port of gone) taken.release(port)
    })
  }
}

function valueIn<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

const ownerOf = ({ metadata: { namespace, name = '' } = {} }: Service): ObjectName => ({
  name,
  ...(namespace && { namespace }),
})

/** The next repair finds what this cannot give back now, so the finished write does not fail. */
async function quietly(step: () => Promise<unknown>): Promise<void> {
  await step().catch(() => {})
}
