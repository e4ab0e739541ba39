import { isReady, podCondition } from '../../api/core/pods.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/**
 * The `count` least important of `pods`, first to be deleted first: without a node before with one, pending before
 * running, not ready before ready, cheaper ones (annotation pod-deletion-cost), those that share their node with more of
 * `related`, ready for a shorter time, restarted more often, younger. (ReplicaSet documentation, 'Scaling a ReplicaSet')
 * Ages compare by powers of two, so that among pods of similar age the youngest does not always go. (KEP-2185)
 */
export function podsToDelete(pods: Stored<Pod>[], related: Stored<Pod>[], count: number, now: number): Stored<Pod>[] {
  if (count >= pods.length) return pods
  const onNode = new Map<string, number>()
  for (const { spec } of related) {
    if (spec.nodeName) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1)
  }
  return pods
    .map((pod) => ({ pod, rank: rankOf(pod, onNode, now) }))
    .sort((a, b) => compare(a.rank, b.rank) || (a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1))
    .slice(0, count)
    .map(({ pod }) => pod)
}

/** Ranks compare number by number: the smaller goes first. */
function rankOf(pod: Stored<Pod>, onNode: ReadonlyMap<string, number>, now: number): number[] {
  const ready = isReady(pod)
  const { nodeName } = pod.spec
  const readySince = ready ? podCondition(pod, 'Ready')?.lastTransitionTime : undefined
  return [
    nodeName ? 1 : 0,
    phases[pod.status.phase ?? ''] ?? 0,
    ready ? 1 : 0,
    deletionCost(pod),
    -((nodeName && onNode.get(nodeName)) || 0),
    ageClass(readySince, now),
    -mostRestarts(pod),
    ageClass(pod.metadata.creationTimestamp, now),
  ]
}

const phases: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 }

function compare(a: number[], b: number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

/** An unreadable cost counts as 0; the server refuses it anyway. */
function deletionCost({ metadata }: Stored<Pod>): number {
  const text = metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost']
  return text !== undefined && /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0
}

function ageClass(since: string | undefined, now: number): number {
  const age = since ? now - Date.parse(since) : 0
  return age > 0 ? Math.floor(Math.log2(age * 1e6)) : -1
}

const mostRestarts = ({ status }: Stored<Pod>): number =>
  Math.max(
    0,
    ...[...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].map((s) => s.restartCount),
  )
