import { formatTime } from '../../api/clock.ts'
import { withCondition } from '../../api/conditions.ts'
import { Leases } from '../../api/coordination/v1/index.ts'
import { readiness } from '../../api/core/nodes.ts'
import { isReady, podCondition } from '../../api/core/pods.ts'
import { sameTaint } from '../../api/core/taints.ts'
import { type Node, Nodes, type Pod, Pods, type Taint } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import type { Requeue } from '../../controller/queue.ts'
import { watch } from '../../controller/watches.ts'
import { podsOfNode, podsOn } from '../shared/pods-of-node.ts'
import { heartbeats, silentConditions } from './health.ts'
import { isConditionTaint, noExecuteTaint, noScheduleTaints } from './taints.ts'
import { type ZoneOptions, zones } from './zones.ts'

export interface NodeLifecycleOptions extends ZoneOptions {
  /** A node that is silent for this long becomes Unknown. Default 50 s. */
  nodeMonitorGracePeriodMs?: number
  /** The same for a node that never posted a status. Default 60 s. */
  nodeStartupGracePeriodMs?: number
  /** Wait before another look at a node in trouble. Default 5 s. */
  nodeMonitorPeriodMs?: number
}

/** The namespace of the Leases that live kubelets renew. */
const leaseScope = { namespace: 'kube-node-lease' }

/**
 * Watches over nodes. Marks a silent node Unknown and its pods not ready, and turns conditions into taints, which keep new
 * pods away (NoSchedule) and make `taint-eviction` evict the old ones (NoExecute).
 */
export function nodeLifecycleController(ctx: Context, options: NodeLifecycleOptions = {}): Controller {
  const { nodeMonitorGracePeriodMs = 50_000, nodeStartupGracePeriodMs = 60_000, nodeMonitorPeriodMs = 5_000 } = options
  const { client, clock, events, informers } = ctx
  const nodes = informers.of(Nodes)
  const leases = informers.of(Leases, leaseScope)
  const pods = podsOfNode(informers)
  const heard = heartbeats(clock)
  const zone = zones(clock, options)
  /** After a much too late look (the machine or its clock stood still), silence does not count against nodes. */
  const nextLook = new Map<string, number>()

  async function reconcile(name: string): Promise<Requeue | undefined> {
    const seen = nodes.get(name)
    if (!seen) {
      heard.forget(name)
      nextLook.delete(name)
      zone.forget(name)
      return undefined
    }
    heard.node(seen)
    const grace = seen.status.conditions?.length ? nodeMonitorGracePeriodMs : nodeStartupGracePeriodMs
    const slept = clock.now() - (nextLook.get(name) ?? clock.now()) > grace
    if (slept && readiness(seen) === 'True') heard.excuse(name)
    const silentAt = heard.lastOf(name) + grace
    const silent = clock.now() >= silentAt
    const node = silent ? await markSilent(seen) : seen
    const ready = readiness(node)
    zone.note(node, ready === 'True')
    if (silent) await markPodsNotReady(name)
    const taintsAreDone = await setTaints(node)
    // Look at a healthy node again when it could have fallen silent; at one in trouble, when its eviction may be due.
    const isReady = ready === 'True'
    const requeueAfterMs = isReady ? Math.max(1, silentAt - clock.now()) : nodeMonitorPeriodMs
    nextLook.set(name, clock.now() + requeueAfterMs)
    return { requeueAfterMs, routine: isReady || taintsAreDone }
  }

  async function markSilent(node: Stored<Node>): Promise<Stored<Node>> {
    const conditions = silentConditions(node, clock)
    if (!conditions) return node
    const wasReady = readiness(node) === 'True'
    const written = await client.update(
      Nodes,
      { ...node, status: { ...node.status, conditions } },
      { subresource: 'status' },
    )
    if (wasReady) {
      const { name } = node.metadata
      events.record(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`)
    }
    return written
  }

  /** Pods on a silent node may still run, but no kubelet reports on them. */
  async function markPodsNotReady(name: string): Promise<void> {
    await Promise.all(podsOn(pods, name).filter(isReady).map(markNotReady))
  }

  async function markNotReady(pod: Stored<Pod>): Promise<void> {
    const ready = { ...podCondition(pod, 'Ready'), type: 'Ready', status: 'False' }
    const conditions = withCondition(pod.status.conditions, ready, clock)
    try {
      await client.update(Pods, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' })
      events.record(pod, 'Warning', 'NodeNotReady', 'Node is not ready')
    } catch (error) {
      if (codeOf(error) !== 404) throw error
    }
  }

  /** False while the eviction has to wait. */
  async function setTaints(node: Stored<Node>): Promise<boolean> {
    const present = node.spec.taints ?? []
    const { wanted, done } = wantedTaints(node, present)
    const kept = present.filter((taint) => !isConditionTaint(taint) || wanted.some((want) => sameTaint(taint, want)))
    const added = wanted.filter((want) => !present.some((taint) => sameTaint(taint, want)))
    if (kept.length === present.length && added.length === 0) return done
    const taints = [...kept, ...added]
    // The patch names the revision, since it replaces the whole list.
    const { name, resourceVersion } = node.metadata
    const patch = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } }
    await client.patch(Nodes, { name }, patch)
    return done
  }

  function wantedTaints(node: Stored<Node>, present: Taint[]): { wanted: Taint[]; done: boolean } {
    const wanted = noScheduleTaints(node)
    const evicting = noExecuteTaint(node, formatTime(clock.now()))
    if (!evicting) return { wanted, done: true }
    const begun = present.some((taint) => taint.effect === 'NoExecute' && isConditionTaint(taint))
    const done = !zone.allDisrupted && (begun || zone.mayEvict(node))
    return { wanted: done ? [...wanted, evicting] : wanted, done }
  }

  return {
    name: 'node-lifecycle',
    watches: [watch(Nodes)],
    reads: [pods, leases],
    workers: 8,
    start(signal) {
      const remove = leases.on({
        added: ({ metadata, spec }) => heard.lease(metadata.name, spec.renewTime),
        updated: ({ metadata, spec }) => heard.lease(metadata.name, spec.renewTime),
      })
      signal.addEventListener('abort', remove, { once: true })
      // Judged by half of its nodes, a healthy zone may look broken.
      for (const node of nodes.list()) zone.note(node, readiness(node) === 'True')
    },
    reconcile,
  }
}
