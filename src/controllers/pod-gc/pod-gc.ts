import { readiness } from '../../api/core/nodes.ts'
import { isTerminal } from '../../api/core/pods.ts'
import { taintKeys } from '../../api/core/taints.ts'
import { type Node, Nodes, type Pod, Pods } from '../../api/core/v1/index.ts'
import { codeOf, ifFound } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import type { Requeue } from '../../controller/queue.ts'
import { mapped } from '../../controller/watches.ts'
import { withDisruption } from '../shared/pod-disruption.ts'
import { podsOfNode, podsOn } from '../shared/pods-of-node.ts'
import { settled } from '../shared/settled.ts'

export interface PodGcOptions {
  /** The number of ended pods to keep; pod-gc removes the oldest beyond. 0: keep all. Default 12500. */
  terminatedPodThreshold?: number
}

const periodMs = 20_000
const byEnd = 'pod-garbage-collector/ended'
const ended = 'yes'
/** A node must be missing for this long before its pods go: it may be about to register again. */
const quarantineMs = 40_000

/**
 * Removes pods that no other component removes: pods of deleted nodes, pods deleted before they had a node, pods being
 * deleted on nodes out of service, and the oldest of too many ended ones. Looks every 20 s, as long as a change of a pod or
 * node gives a reason to.
 */
export function podGc({ client, clock, informers }: Context, options: PodGcOptions = {}): Controller {
  const { terminatedPodThreshold = 12_500 } = options
  const nodes = informers.of(Nodes)
  const pods = podsOfNode(informers)
  pods.addIndex(byEnd, (pod) => (isTerminal(pod) && !pod.metadata.deletionTimestamp ? [ended] : []))
  const missingSince = new Map<string, number>()
  const began = clock.now()
  /** When it looks next, the first time at once; undefined: no change gives a reason to look. */
  let due: number | undefined = began

  async function reconcile(): Promise<Requeue | undefined> {
    due ??= clock.now() + periodMs - ((clock.now() - began) % periodMs)
    if (clock.now() < due) return { requeueAfterMs: due - clock.now() }
    const all = pods.list()
    const removals = [...terminated(), ...outOfService(all), ...(await orphaned(all)), ...neverScheduled()]
    const { failed, error } = await settled(removals, remove)
    if (failed.length > 0) throw error
    due = missingSince.size > 0 ? clock.now() + periodMs : undefined
    return due === undefined ? undefined : { requeueAfterMs: periodMs }
  }

  const isOutOfService = (node: Stored<Node>): boolean =>
    readiness(node) !== 'True' && (node.spec.taints?.some(({ key }) => key === taintKeys.outOfService) ?? false)

  /** This pod may have to go, or too many pods of its phase exist. */
  function concerns(pod: Stored<Pod>): boolean {
    const { metadata, spec } = pod
    if (isTerminal(pod) && tooManyEnded() > 0) return true
    if (!spec.nodeName) return metadata.deletionTimestamp !== undefined
    const node = nodes.get(spec.nodeName)
    return !node || (metadata.deletionTimestamp !== undefined && isOutOfService(node))
  }

  const isGone = ({ metadata }: Stored<Node>): boolean => nodes.get(metadata.name) === undefined

  const tooManyEnded = (): number =>
    terminatedPodThreshold > 0 ? pods.byIndex(byEnd, ended).length - terminatedPodThreshold : 0

  function terminated(): Removal[] {
    const tooMany = tooManyEnded()
    if (tooMany <= 0) return []
    // Evicted pods are the least informative and go first.
    const evicted = ({ status }: Stored<Pod>) => (status.reason === 'Evicted' ? '0' : '1')
    const order = (pod: Stored<Pod>) => `${evicted(pod)} ${pod.metadata.creationTimestamp} ${pod.metadata.name}`
    return pods
      .byIndex(byEnd, ended)
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
      if (clock.now() - since < quarantineMs || (await ifFound(client.get(Nodes, { name })))) continue
      const why = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' }
      removals.push(...podsOn(pods, name).map((pod) => ({ pod, why })))
    }
    return removals
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
        // The role of this controller lets it patch the status, not update it.
        const patch = { metadata: { uid }, status }
        await client.patch(Pods, { namespace, name }, patch, { subresource: 'status' })
      }
      await client.delete(Pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
    } catch (error) {
      if (codeOf(error) !== 404) throw error
    }
  }

  return {
    name: 'pod-garbage-collector',
    watches: [
      mapped(Pods, () => ['all'], { when: concerns }),
      mapped(Nodes, () => ['all'], { when: (node) => isGone(node) || isOutOfService(node) }),
    ],
    reconcile,
  }
}

interface Removal {
  pod: Stored<Pod>
  /** For the condition DisruptionTarget. */
  why?: { reason: string; message: string }
}
