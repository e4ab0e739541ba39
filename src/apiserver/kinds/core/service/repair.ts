import type { Cancel, Clock } from '../../../../api/clock.ts'
import { withCondition } from '../../../../api/conditions.ts'
import { type Service, Services } from '../../../../api/core/v1/index.ts'
import { ApiError } from '../../../../api/errors.ts'
import { formatIp, type Ip, parseIp } from '../../../../api/ip.ts'
import { jsonEqual } from '../../../../api/machinery/json/json-equal.ts'
import type { Condition } from '../../../../api/meta/v1/index.ts'
import { type IPAddress, IPAddresses, type ServiceCIDR, ServiceCIDRs } from '../../../../api/networking/v1/index.ts'
import { keyOf, type Stored } from '../../../../api/object.ts'
import { routinely } from '../../../../api/routine.ts'
import type { Objects } from '../../../definition.ts'
import { addressesOf, claim, isOurs, isOwnedBy, remove, type ServiceAddresses } from './addresses.ts'
import type { ServiceAllocator } from './allocator.ts'
import type { IpRange } from './ip-range.ts'
import { nodePortsOf } from './ports.ts'
import type { StoredPorts } from './stored-ports.ts'

/** A claim younger than this may be of a Service that is about to be stored. */
const graceMs = 60_000
/** A port that so many runs in a row found without a Service has leaked. */
const leakRuns = 3
const intervalMs = 3 * 60_000

type Warn = (message: string, fields: Record<string, string>) => void

/**
 * Makes what is taken and what Services have agree: what a Service has without a claim is claimed, what is claimed without
 * a Service is freed, unless its Service may still come.
 */
export class ServiceRepair {
  readonly #addresses: ServiceAddresses
  readonly #ports: StoredPorts
  readonly #warn: Warn
  /** Ports without a Service, and how often in a row they were found so. */
  #leaks = new Map<number, number>()

  constructor(addresses: ServiceAddresses, ports: StoredPorts, warn: Warn) {
    this.#addresses = addresses
    this.#ports = ports
    this.#warn = warn
  }

  async run(objects: Objects, clock: Clock): Promise<void> {
    const services = await objects.list<Service>(Services)
    await Promise.all([this.#repairAddresses(services, objects, clock), this.#repairPorts(services)])
  }

  async #repairAddresses(services: Stored<Service>[], objects: Objects, clock: Clock): Promise<void> {
    const holders = this.#holders(services, await this.#addresses.usable(objects))
    for (const address of await objects.list<IPAddress>(IPAddresses)) {
      const { name, creationTimestamp } = address.metadata
      const holder = holders.get(name)
      const isRight = holder && isOwnedBy(address, holder.service.metadata)
      const isOld = Date.parse(creationTimestamp) < clock.now() - graceMs
      if (isOurs(address) && !isRight && isOld) await remove(address, objects)
    }
    const missing = [...holders].filter(([name]) => !objects.known(IPAddresses, { name }))
    await Promise.all(missing.map(([, { ip, service }]) => claim(ip, service.metadata, objects)))
  }

  /** Which Service has which of the cluster's addresses. */
  #holders(services: Stored<Service>[], ranges: readonly IpRange[]): Map<string, { ip: Ip; service: Stored<Service> }> {
    const holders = new Map<string, { ip: Ip; service: Stored<Service> }>()
    for (const service of services)
      for (const text of addressesOf(service.spec)) {
        const ip = parseIp(text)
        if (!ip || !ranges.some((range) => range.problemOf(ip) === undefined)) continue
        const name = formatIp(ip)
        const other = holders.get(name)?.service
        if (!other) holders.set(name, { ip, service })
        else
          this.#warn('two Services have the same cluster IP: recreate one of them', {
            ip: name,
            services: `${keyOf(other)}, ${keyOf(service)}`,
          })
      }
    return holders
  }

  async #repairPorts(services: Stored<Service>[]): Promise<void> {
    const used = new Set(services.flatMap(({ spec }) => nodePortsOf(spec)))
    this.#leaks = await this.#ports.change((taken) => {
      // One that is out of the range cannot be taken, nor need be.
      for (const port of used) taken.take(port)
      const leaks = new Map<number, number>()
      for (const port of [...taken]) {
        if (used.has(port)) continue
        const runs = (this.#leaks.get(port) ?? 0) + 1
        if (runs >= leakRuns) taken.release(port)
        else leaks.set(port, runs)
      }
      return leaks
    })
  }
}

/**
 * Writes the cluster's range into the ServiceCIDR `kubernetes`, and repairs what is taken every three minutes. The
 * function that it answers stops it.
 */
export function keepServiceRanges(allocator: ServiceAllocator, objects: Objects, clock: Clock, warn: Warn): Cancel {
  let stopped = false
  let cancel: Cancel = () => {}
  const attempt = (action: () => Promise<void>) =>
    action().catch((error: unknown) => {
      if (!stopped) warn('looking after the addresses of Services failed', { error: String(error) })
    })
  const next = () => {
    if (stopped) return
    cancel = routinely(clock, intervalMs, () => void attempt(() => allocator.repair(objects, clock)).then(keep))
  }
  const keep = () => void attempt(() => tellRange(allocator.addresses, objects, clock, warn)).then(next)
  keep()
  return () => {
    stopped = true
    cancel()
  }
}

/** The controller manager gives it to every range. With it from the start, there is nothing to write. */
const finalizers = ['networking.k8s.io/service-cidr-finalizer']

async function tellRange({ ranges }: ServiceAddresses, objects: Objects, clock: Clock, warn: Warn): Promise<void> {
  const cidrs = ranges.map(({ text }) => text)
  const name = 'kubernetes'
  const present = await objects.get<ServiceCIDR>(ServiceCIDRs, { name })
  if (present && !jsonEqual(present.spec.cidrs ?? [], cidrs))
    return warn('the ServiceCIDR kubernetes is not the range this server was given, which is what it uses', {
      cidrs: cidrs.join(','),
    })
  if (present?.status.conditions?.length) return
  const ready = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes default Service CIDR is ready' }
  try {
    if (!present) await objects.create<ServiceCIDR>(ServiceCIDRs, { metadata: { name, finalizers }, spec: { cidrs } })
  } catch (error) {
    // Another server of the same cluster was faster.
    if (!(error instanceof ApiError && error.code === 409)) throw error
  }
  await objects.update<ServiceCIDR>(
    ServiceCIDRs,
    { name },
    (cidr) =>
      cidr.status.conditions?.length
        ? cidr
        : { ...cidr, status: { conditions: withCondition<Condition>([], ready, clock) } },
    { subresource: 'status' },
  )
}
