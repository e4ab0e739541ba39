import { isTerminal } from '../../api/core/pods.ts'
import { taintKeys } from '../../api/core/taints.ts'
import { type Node, Nodes, type Pod, Pods } from '../../api/core/v1/index.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { codeOf } from '../../controller/ownership.ts'
import type { Requeue } from '../../controller/queue.ts'
import { mapped } from '../../controller/watches.ts'
import { readiness } from '../node/node-health.ts'
import { withDisruption } from '../shared/pod-disruption.ts'
import { podsOfNode, podsOn } from '../shared/pods-of-node.ts'

export interface PodGcOptions {
  /** So many ended pods are kept; the oldest beyond go. 0: all are kept. Default 12500. */
  terminatedPodThreshold?: number
}

const periodMs = 20_000
/** A node has to be missing for so long before its pods go: it may be about to register again. */
const quarantineMs = 40_000

/**
 * Removes pods that nobody else will: those of nodes that are gone, those that were deleted before they had a node, those
 * being deleted on nodes out of service, and the oldest of too many ended ones. Looks every 20 s, as long as a change of a
 * pod or node has given it reason to.
 */
export function podGc({ client, clock, informers }: Context, options: PodGcOptions = {}): Controller {
  const { terminatedPodThreshold = 12_500 } = options
  const nodes = informers.of(Nodes)
  const pods = podsOfNode(informers)
  const missingSince = new Map<string, number>()
  const ended = new Set<string>()
  let began = clock.now()

  async function reconcile(): Promise<Requeue | undefined> {
    const all = pods.list()
    const removals = [...terminated(all), ...outOfService(all), ...(await orphaned(all)), ...neverScheduled()]
    const outcomes = await Promise.allSettled(removals.map(remove))
    const failure = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failure) throw failure.reason
    return missingSince.size > 0 ? { requeueAfterMs: periodMs } : undefined
  }

  const isOutOfService = (node: Stored<Node>): boolean =>
    readiness(node) !== 'True' && (node.spec.taints?.some(({ key }) => key === taintKeys.outOfService) ?? false)

  /** This pod may be one to remove, or there are too many of its like. */
  function concerns(pod: Stored<Pod>): boolean {
    const { metadata, spec } = pod
    if (isTerminal(pod)) ended.add(keyOf(pod))
    if (terminatedPodThreshold > 0 && ended.size > terminatedPodThreshold) return true
    if (!spec.nodeName) return metadata.deletionTimestamp !== undefined
    const node = nodes.get(spec.nodeName)
    return !node || (metadata.deletionTimestamp !== undefined && isOutOfService(node))
  }

  function terminated(all: Stored<Pod>[]): Removal[] {
    const ended = all.filter((pod) => isTerminal(pod) && !pod.metadata.deletionTimestamp)
    const tooMany = ended.length - terminatedPodThreshold
    if (terminatedPodThreshold <= 0 || tooMany <= 0) return []
    // Evicted ones tell the least and go first.
    const evicted = ({ status }: Stored<Pod>) => (status.reason === 'Evicted' ? '0' : '1')
    const order = (pod: Stored<Pod>) => `${evicted(pod)} ${pod.metadata.creationTimestamp} ${pod.metadata.name}`
    return ended
      .sort((a, b) => (order(a) < order(b) ? -1 : 1))
      .slice(0, tooMany)
      .map((pod) => ({ pod }))
  }

  function outOfService(all: Stored<Pod>[]): Removal[] {
    return all.flatMap((pod) => {
      const node = pod.metadata.deletionTimestamp ? nodes.get(pod.spec.nodeName ?? '') : undefined
      return node && isOutOfService(node) ? [{ pod }] : []
    })
  }

  async function orphaned(all: Stored<Pod>[]): Promise<Removal[]> {
    const missing = new Set(
      all.flatMap(({ spec }) => (spec.nodeName && !nodes.get(spec.nodeName) ? [spec.nodeName] : [])),
    )
    for (const name of missingSince.keys()) if (!missing.has(name)) missingSince.delete(name)
    const removals: Removal[] = []
    for (const name of missing) {
      const since = missingSince.get(name) ?? clock.now()
      missingSince.set(name, since)
      if (clock.now() - since < quarantineMs || (await nodeExists(name))) continue
      const why = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' }
      removals.push(...podsOn(pods, name).map((pod) => ({ pod, why })))
    }
    return removals
  }

  async function nodeExists(name: string): Promise<boolean> {
    try {
      await client.get(Nodes, { name })
      return true
    } catch (error) {
      if (codeOf(error) === 404) return false
      throw error
    }
  }

  const neverScheduled = (): Removal[] =>
    podsOn(pods, '')
      .filter((pod) => pod.metadata.deletionTimestamp)
      .map((pod) => ({ pod }))

  async function remove({ pod, why }: Removal): Promise<void> {
    const { namespace, name, uid } = pod.metadata
    try {
      if (!isTerminal(pod)) {
        const status = { ...(why ? withDisruption(pod, why, clock) : pod.status), phase: 'Failed' }
        await client.update(Pods, { ...pod, status }, { subresource: 'status' })
      }
      await client.delete(Pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
    } catch (error) {
      if (codeOf(error) !== 404) throw error
    }
  }

  return {
    name: 'pod-garbage-collector',
    watches: [mapped(Pods, () => []), mapped(Nodes, () => [])],
    start(signal, queue) {
      began = clock.now()
      const look = () => queue.addAfter('all', periodMs - ((clock.now() - began) % periodMs))
      const lookAt = (pod: Stored<Pod>) => void (concerns(pod) && look())
      const removals = [
        pods.on({ added: lookAt, updated: lookAt, deleted: (pod) => void ended.delete(keyOf(pod)) }),
        nodes.on({ updated: (node) => void (isOutOfService(node) && look()), deleted: look }),
      ]
      signal.addEventListener('abort', () => removals.forEach((remove) => void remove()), { once: true })
      queue.add('all')
    },
    reconcile,
  }
}

interface Removal {
  pod: Stored<Pod>
  /** For the condition DisruptionTarget. */
  why?: { reason: string; message: string }
}
