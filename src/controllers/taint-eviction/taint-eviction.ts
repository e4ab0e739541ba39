import { tolerates } from '../../api/core/taints.ts'
import { type Node, Nodes, type Pod, Pods, type Taint } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { keyOf, type Stored, splitKey } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { mapped } from '../../controller/watches.ts'
import { withDisruption } from '../shared/pod-disruption.ts'
import { podsOfNode, podsOn } from '../shared/pods-of-node.ts'

/** Deletes the pods that do not, or no longer, tolerate the NoExecute taints of their node. */
export function taintEvictionController({ client, clock, events, informers }: Context): Controller {
  const nodes = informers.of(Nodes)
  const pods = podsOfNode(informers)
  /** When each pod's toleration time began. A new process starts anew. */
  const since = new Map<string, { uid: string; at: number }>()

  async function reconcile(key: string): Promise<{ requeueAfterMs: number } | undefined> {
    const pod = pods.get(key)
    const node = pod?.spec.nodeName ? nodes.get(pod.spec.nodeName) : undefined
    const taints = node ? noExecute(node) : []
    if (!pod || pod.metadata.deletionTimestamp || taints.length === 0) return cancel(key, pod)
    const toleratedMs = tolerationMs(pod, taints)
    if (toleratedMs === Number.POSITIVE_INFINITY) return cancel(key, pod)
    const { uid } = pod.metadata
    const begun = since.get(key)
    const start = begun?.uid === uid ? begun.at : clock.now()
    since.set(key, { uid, at: start })
    const left = start + toleratedMs - clock.now()
    if (left > 0) return { requeueAfterMs: left }
    await evict(pod)
    return undefined
  }

  function cancel(key: string, pod: Stored<Pod> | undefined): undefined {
    const begun = since.get(key)
    since.delete(key)
    if (begun && begun.uid === pod?.metadata.uid && !pod.metadata.deletionTimestamp)
      events.record(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
  }

  async function evict(pod: Stored<Pod>): Promise<void> {
    const key = keyOf(pod)
    events.record(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
    try {
      const why = { reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' }
      const status = withDisruption(pod, why, clock)
      await client.update(Pods, { ...pod, status }, { subresource: 'status' })
      await client.delete(Pods, splitKey(key), { preconditions: { uid: pod.metadata.uid } })
    } catch (error) {
      if (codeOf(error) !== 404) throw error
    }
  }

  return {
    name: 'taint-eviction',
    watches: [
      mapped(Pods, (pod, old) => {
        const moved = !old || old.spec.nodeName !== pod.spec.nodeName || tolerationsOf(old) !== tolerationsOf(pod)
        const tainted = noExecute(nodes.get(pod.spec.nodeName ?? '')).length > 0
        return since.has(keyOf(pod)) || (moved && tainted) ? [keyOf(pod)] : []
      }),
      mapped(Nodes, (node, old) => {
        const changed = !jsonEqual(noExecute(old), noExecute(node))
        return changed ? podsOn(pods, node.metadata.name).map(keyOf) : []
      }),
    ],
    workers: 8,
    reconcile,
  }
}

const noExecute = (node: Stored<Node> | undefined): Taint[] =>
  node?.spec.taints?.filter(({ effect }) => effect === 'NoExecute') ?? []

const tolerationsOf = ({ spec }: Stored<Pod>): string => jsonText(spec.tolerations ?? [])

/** How long a pod tolerates all of the taints: 0 if it does not tolerate one of them, Infinity: for ever. */
function tolerationMs({ spec }: Stored<Pod>, taints: Taint[]): number {
  const times = taints.map((taint) => {
    const tolerations = (spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint))
    if (tolerations.length === 0) return 0
    const limits = tolerations.flatMap(({ tolerationSeconds }) =>
      tolerationSeconds === undefined ? [] : Number(tolerationSeconds),
    )
    return limits.length > 0 ? Math.max(0, Math.min(...limits)) * 1000 : Number.POSITIVE_INFINITY
  })
  return Math.min(...times)
}
