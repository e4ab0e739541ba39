import { formatMicroTime } from '../../api/clock.ts'
import { type Lease, Leases } from '../../api/coordination/v1/index.ts'
import { ApiError } from '../../api/errors.ts'
import { routinely } from '../../api/routine.ts'
import type { Context } from '../../controller/controller.ts'

const namespace = 'kube-node-lease'
const retryMs = 1000

/** Sends a node's heartbeat: renews its Lease four times per duration. The returned function stops it. */
export function keepLease(
  { client, clock, random, log }: Context,
  nodeName: string,
  { seconds, nodeUid }: { seconds: number; nodeUid(): string | undefined },
): () => void {
  let stopped = false
  let cancel = () => {}
  let isFirst = true
  const name = { namespace, name: nodeName }
  const periodMs = (seconds * 1000) / 4

  async function renew(): Promise<void> {
    const renewTime = formatMicroTime(clock.now())
    try {
      await client.patch(Leases, name, { spec: { renewTime, holderIdentity: nodeName, leaseDurationSeconds: seconds } })
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error
      const uid = nodeUid()
      const owner = uid && { apiVersion: 'v1', kind: 'Node', name: nodeName, uid }
      const lease: Lease = {
        metadata: { ...name, ...(owner && { ownerReferences: [owner] }) },
        spec: { holderIdentity: nodeName, leaseDurationSeconds: seconds, renewTime },
      }
      await client.create(Leases, lease)
    }
  }

  async function beat(): Promise<void> {
    // The first pause spreads nodes that start together over the period.
    const waitMs = periodMs * (isFirst ? 0.5 + 0.5 * random.next() : 0.98 + 0.04 * random.next())
    isFirst = false
    const again = () => void beat()
    try {
      await renew()
      if (!stopped) cancel = routinely(clock, waitMs, again)
    } catch (error) {
      log.warn('cannot renew the node lease', { node: nodeName, error: String(error) })
      if (!stopped) cancel = clock.after(retryMs, again)
    }
  }
  void beat()
  return () => {
    stopped = true
    cancel()
  }
}
