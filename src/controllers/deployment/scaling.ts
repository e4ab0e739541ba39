import type { Deployment, ReplicaSet } from '../../api/apps/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { desiredAnnotation, mostAnnotation, numberAnnotation } from './annotations.ts'
import { desiredReplicas, mostReplicas, replicasOf, sum } from './limits.ts'

/** A ReplicaSet and its new size. */
export type Sizes = Map<Stored<ReplicaSet>, number>

/** Its size was changed since its ReplicaSets were last scaled. */
export const wasScaled = (deployment: Stored<Deployment>, sets: readonly Stored<ReplicaSet>[]): boolean =>
  sets.filter(isActive).some((set) => {
    const desired = numberAnnotation(set, desiredAnnotation)
    return desired !== undefined && desired !== desiredReplicas(deployment)
  })

/**
 * The sizes that follow from a new size of the Deployment: the only set with pods takes it all; when the new set is
 * complete, the old ones go to 0; during a rollout all sets scale in proportion, so that a half-done (or paused) rollout
 * keeps its progress.
 */
export function scaled(
  deployment: Stored<Deployment>,
  newest: Stored<ReplicaSet> | undefined,
  old: readonly Stored<ReplicaSet>[],
): Sizes {
  const active = [...old, ...(newest ? [newest] : [])].filter(isActive)
  const [only = newest ?? latest(old)] = active
  if (active.length <= 1) return new Map(only ? [[only, desiredReplicas(deployment)]] : [])
  if (newest && isComplete(deployment, newest)) return new Map(old.filter(isActive).map((set) => [set, 0]))
  return deployment.spec.strategy?.type === 'Recreate' ? new Map() : inProportion(deployment, active)
}

function inProportion(deployment: Stored<Deployment>, active: Stored<ReplicaSet>[]): Sizes {
  const allowed = desiredReplicas(deployment) > 0 ? mostReplicas(deployment) : 0
  const toAdd = allowed - sum(active, replicasOf)
  const newerFirst = toAdd > 0 ? -1 : 1
  const ordered = active.toSorted((a, b) => replicasOf(b) - replicasOf(a) || newerFirst * byAge(a, b))
  const sizes: Sizes = new Map()
  let added = 0
  for (const set of ordered) {
    const left = toAdd - added
    const wanted = share(deployment, set)
    const change = toAdd > 0 ? Math.min(wanted, left) : Math.max(wanted, left)
    const taken = left === 0 ? 0 : change
    sizes.set(set, replicasOf(set) + taken)
    added += taken
  }
  // The remainder of the rounding goes to the largest set.
  const [largest] = ordered
  if (largest) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added))
  return sizes
}

/** The change by which a set keeps its share of the whole. */
function share(deployment: Stored<Deployment>, set: Stored<ReplicaSet>): number {
  const size = replicasOf(set)
  if (desiredReplicas(deployment) === 0) return -size
  const before = numberAnnotation(set, mostAnnotation) || deployment.status.replicas
  if (!before) return 0
  return Math.round((size * mostReplicas(deployment)) / before) - size
}

function isComplete(deployment: Stored<Deployment>, set: Stored<ReplicaSet>): boolean {
  const desired = desiredReplicas(deployment)
  return (
    replicasOf(set) === desired &&
    numberAnnotation(set, desiredAnnotation) === desired &&
    set.status.availableReplicas === desired
  )
}

/** Has pods, or soon will. */
export const isActive = (set: Stored<ReplicaSet>): boolean => replicasOf(set) > 0

/** Older first. */
export const byAge = ({ metadata: a }: Stored<ReplicaSet>, { metadata: b }: Stored<ReplicaSet>): number =>
  Date.parse(a.creationTimestamp) - Date.parse(b.creationTimestamp) || (a.name < b.name ? -1 : 1)

const latest = (sets: readonly Stored<ReplicaSet>[]): Stored<ReplicaSet> | undefined => sets.toSorted(byAge).at(-1)
