import { conditionOf, withCondition } from '../../api/conditions.ts'
import { ifFound } from '../../api/errors.ts'
import { type Cidr, contains, parseCidr, parseIp } from '../../api/ip.ts'
import type { Condition } from '../../api/meta/v1/index.ts'
import { type IPAddress, IPAddresses, type ServiceCIDR, ServiceCIDRs } from '../../api/networking/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import type { Requeue } from '../../controller/queue.ts'
import { mapped } from '../../controller/watches.ts'

const finalizer = 'networking.k8s.io/service-cidr-finalizer'
/** A server that has not heard of the deletion may still give out an address. */
const graceMs = 10_000

const ready = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' }
const inUse = {
  type: 'Ready',
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
}

/**
 * Makes ServiceCIDRs ready, so that Services get addresses of them, and keeps one that is being deleted until no address of
 * a Service is left that lies in no other. (KEP-1880)
 */
export function serviceCidrController({ client, clock, informers }: Context): Controller {
  const ranges = informers.of(ServiceCIDRs)
  const addresses = informers.of(IPAddresses)

  async function reconcile(key: string): Promise<Requeue | undefined> {
    const range = ranges.get(key)
    if (!range) return undefined
    const { deletionTimestamp, finalizers = [] } = range.metadata
    if (!deletionTimestamp) {
      // The write comes back as a change, and then the condition follows.
      if (!finalizers.includes(finalizer)) await write(withFinalizers(range, [...finalizers, finalizer]))
      else await say(range, ready)
      return undefined
    }
    if (!finalizers.includes(finalizer)) return undefined
    if (isNeeded(range, ranges.list(), addresses.list())) {
      await say(range, inUse)
      return undefined
    }
    const left = Date.parse(deletionTimestamp) + graceMs - clock.now()
    if (left > 0) return { requeueAfterMs: left }
    const others = finalizers.filter((one) => one !== finalizer)
    await write(withFinalizers(range, others))
    return undefined
  }

  async function write(range: Stored<ServiceCIDR>): Promise<void> {
    await ifFound(client.update(ServiceCIDRs, range))
  }

  /** Ready conditions of others, such as the server's about its own range, stay. */
  async function say(range: Stored<ServiceCIDR>, condition: typeof ready): Promise<void> {
    if (conditionOf(range.status.conditions, 'Ready')?.status === condition.status) return
    const conditions = withCondition<Condition>(range.status.conditions, condition, clock)
    const status = { ...range.status, conditions }
    await ifFound(client.update(ServiceCIDRs, { ...range, status }, { subresource: 'status' }))
  }

  const deleting = () => ranges.list().flatMap(({ metadata }) => (metadata.deletionTimestamp ? [metadata.name] : []))
  return {
    name: 'service-cidr-controller',
    watches: [
      // Another range may now hold the addresses of one that is being deleted.
      mapped(ServiceCIDRs, ({ metadata }) => [metadata.name, ...deleting()]),
      mapped(IPAddresses, deleting),
    ],
    reconcile,
  }
}

const withFinalizers = (range: Stored<ServiceCIDR>, finalizers: string[]): Stored<ServiceCIDR> => ({
  ...range,
  metadata: { ...range.metadata, finalizers },
})

const blocksOf = ({ spec }: Stored<ServiceCIDR>): Cidr[] => (spec.cidrs ?? []).flatMap((text) => parseCidr(text) ?? [])

/** Whether Services have addresses of the range that no other range has. */
function isNeeded(
  range: Stored<ServiceCIDR>,
  all: readonly Stored<ServiceCIDR>[],
  addresses: readonly Stored<IPAddress>[],
): boolean {
  const others = all.filter(({ metadata }) => metadata.name !== range.metadata.name && !metadata.deletionTimestamp)
  const elsewhere = others.flatMap(blocksOf)
  const own = blocksOf(range)
  return addresses.some(({ metadata }) => {
    const ip = parseIp(metadata.name)
    if (!ip || metadata.labels?.['ipaddress.kubernetes.io/managed-by'] !== 'ipallocator.k8s.io') return false
    return own.some((block) => contains(block, ip)) && !elsewhere.some((block) => contains(block, ip))
  })
}
