import { isConditionTrue } from '../../../../api/conditions.ts'
import { type Service, Services } from '../../../../api/core/v1/index.ts'
import { ApiError } from '../../../../api/errors.ts'
import { contains, formatIp, type Ip, parseCidr, parseIp } from '../../../../api/ip.ts'
import { type IPAddress, IPAddresses, ServiceCIDRs } from '../../../../api/networking/v1/index.ts'
import type { ObjectName, Stored } from '../../../../api/object.ts'
import type { HookContext, Objects } from '../../../definition.ts'
import { IpRange } from './ip-range.ts'

export type IpFamily = 'IPv4' | 'IPv6'

const managedBy = 'ipaddress.kubernetes.io/managed-by'
/** What says that an IPAddress was made for a Service's cluster IP. */
const allocatorName = 'ipallocator.k8s.io'

/** An address that could not be taken, and why, in upstream's words. */
export class AddressProblem extends Error {}

/**
 * The cluster IPs of Services. Each that is taken is an IPAddress object named for it: the server that creates the object
 * has the address (KEP-1880).
 */
export class ServiceAddresses {
  /** The first one's family is the cluster's primary one. */
  readonly ranges: readonly IpRange[]
  readonly #parsed = new Map<string, IpRange>()

  /** @param ranges one or two CIDRs, comma separated. @throws Error for anything else */
  constructor(ranges: string) {
    this.ranges = ranges.split(',').map((range) => {
      const cidr = parseCidr(range.trim())
      if (!cidr) throw new Error(`invalid service cluster IP range ${JSON.stringify(range)}`)
      return new IpRange(cidr)
    })
  }

  /**
   * The ranges that Services get addresses from: the server's own, then those of ServiceCIDRs that are ready and stay. Any
   * of them may have any address that it contains.
   */
  async usable(objects: Objects): Promise<IpRange[]> {
    const own = new Set(this.ranges.map(({ text }) => text))
    const further = (await objects.list(ServiceCIDRs))
      .filter(({ metadata, status }) => !metadata.deletionTimestamp && isConditionTrue(status.conditions, 'Ready'))
      .flatMap(({ spec }) => spec.cidrs ?? [])
      .filter((text) => !own.has(text))
    return [...this.ranges, ...[...new Set(further)].flatMap((text) => this.#further(text))]
  }

  #further(text: string): IpRange | [] {
    const known = this.#parsed.get(text)
    if (known) return known
    const cidr = parseCidr(text)
    if (!cidr) return []
    const range = new IpRange(cidr)
    this.#parsed.set(text, range)
    return range
  }

  get families(): IpFamily[] {
    return this.ranges.map(({ cidr }) => familyOf(cidr))
  }

  /** Takes the address a Service asks for. @throws AddressProblem when it is taken or none of the cluster's */
  async take(text: string, owner: ObjectName, { objects, dryRun }: HookContext): Promise<void> {
    const ip = parseIp(text)
    const range = ip && (await this.usable(objects)).find(({ cidr }) => contains(cidr, ip))
    if (!ip || !range) throw new AddressProblem('the provided network does not match the current range')
    const problem = range.problemOf(ip)
    if (problem) throw new AddressProblem(problem)
    const isFree = dryRun ? !objects.known(IPAddresses, { name: formatIp(ip) }) : await claim(ip, owner, objects)
    if (!isFree) throw new AddressProblem('provided IP is already allocated')
  }

  /** Takes some address; undefined when none is left, or the cluster has none of that family. */
  async pick(family: string, owner: ObjectName, context: HookContext): Promise<string | undefined> {
    const { objects, random, dryRun } = context
    for (const range of await this.usable(objects)) {
      if (familyOf(range.cidr) !== family) continue
      for (const ip of range.candidates(random)) {
        const name = formatIp(ip)
        if (objects.known(IPAddresses, { name })) continue
        if (dryRun || (await claim(ip, owner, objects))) return name
      }
    }
    return undefined
  }

  /** Gives back what a Service has. */
  async free(text: string, owner: ObjectName, objects: Objects): Promise<void> {
    const ip = parseIp(text)
    const address = ip && objects.known(IPAddresses, { name: formatIp(ip) })
    if (address && isOwnedBy(address, owner)) await remove(address, objects)
  }
}

export const familyOf = ({ family }: { family: 4 | 6 }): IpFamily => (family === 4 ? 'IPv4' : 'IPv6')

/** Whether the address was free, and now is the Service's. */
export async function claim(ip: Ip, { namespace, name }: ObjectName, objects: Objects): Promise<boolean> {
  const address: IPAddress = {
    metadata: {
      name: formatIp(ip),
      labels: { 'ipaddress.kubernetes.io/ip-family': familyOf(ip), [managedBy]: allocatorName },
    },
    spec: { parentRef: { group: Services.group, resource: Services.resource, ...(namespace && { namespace }), name } },
  }
  try {
    await objects.create<IPAddress>(IPAddresses, address)
    return true
  } catch (error) {
    if (error instanceof ApiError && error.code === 409) return false
    throw error
  }
}

/** Deletes this very IPAddress; one that is gone, or another by now, is fine. */
export async function remove({ metadata: { name, uid } }: Stored<IPAddress>, objects: Objects): Promise<void> {
  try {
    await objects.delete(IPAddresses, { name }, { preconditions: { uid } })
  } catch (error) {
    if (!(error instanceof ApiError && (error.code === 404 || error.code === 409))) throw error
  }
}

export const isOurs = ({ metadata }: Stored<IPAddress>): boolean => metadata.labels?.[managedBy] === allocatorName

export function isOwnedBy({ spec: { parentRef } }: Stored<IPAddress>, owner: ObjectName): boolean {
  const { group = '', resource, namespace, name } = parentRef
  return group === '' && resource === Services.resource && namespace === owner.namespace && name === owner.name
}

/** The cluster IPs of a Service. */
export function addressesOf({ clusterIP, clusterIPs, type }: Stored<Service>['spec']): string[] {
  if (type === 'ExternalName') return []
  const all = clusterIPs?.length ? clusterIPs : clusterIP ? [clusterIP] : []
  return all.filter((ip) => ip && ip !== 'None')
}
