import { formatTime } from '../api/clock.ts'
import { Nodes, type Pod, Pods } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { Context, Controller } from '../client/controller.ts'
import { codeOf } from '../client/ownership.ts'
import { isTerminal } from '../client/pods.ts'
import { taintKeys } from '../client/taints.ts'
import { mapped } from '../client/watches.ts'
import { readiness } from './node-health.ts'
import { withDisruption } from './pod-disruption.ts'
import { podsOfNode, podsOn } from './pods-of-node.ts'

export interface PodGcOptions {
  /** So many ended pods are kept; the oldest beyond go. 0: all are kept. Default 12500. */
  terminatedPodThreshold?: number
}

const periodMs = 20_000
/** A node has to be missing for so long before its pods go: it may be about to register again. */
const quarantineMs = 40_000

/**
 * Every 20 s removes pods that nobody else will: those of nodes that are gone, those that were deleted before they had a
 * node, those being deleted on nodes out of service, and the oldest of too many ended ones.
 */
export function podGc({ client, clock, informers }: Context, options: PodGcOptions = {}): Controller {
  const { terminatedPodThreshold = 12_500 } = options
  const nodes = informers.of(Nodes)
  const pods = podsOfNode(informers)
  const missingSince = new Map<string, number>()

  async function reconcile(): Promise<{ requeueAfterMs: number }> {
    const all = pods.list()
    const removals = [...terminated(all), ...outOfService(all), ...(await orphaned(all)), ...neverScheduled()]
    const outcomes = await Promise.allSettled(removals.map(remove))
    const failure = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failure) throw failure.reason
    return { requeueAfterMs: periodMs }
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
      if (!node || readiness(node) === 'True') return []
      return node.spec.taints?.some(({ key }) => key === taintKeys.outOfService) ? [{ pod }] : []
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
        const lastTransitionTime = formatTime(clock.now())
        const status = { ...(why ? withDisruption(pod, { ...why, lastTransitionTime }) : pod.status), phase: 'Failed' }
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
    start(_, queue) {
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
