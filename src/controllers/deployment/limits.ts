import type { Deployment, ReplicaSet } from '../../api/apps/v1/index.ts'
import { scaledValue } from '../../api/intstr.ts'
import type { Stored } from '../../api/object.ts'

export const desiredReplicas = ({ spec }: Stored<Deployment>): number => spec.replicas ?? 1

/** How many pods a rolling update may have beyond and below the number desired; `maxSurge` rounds up, the other down. */
export function limitsOf(deployment: Stored<Deployment>): { maxSurge: number; maxUnavailable: number } {
  const { strategy } = deployment.spec
  if (strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 }
  const desired = desiredReplicas(deployment)
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {}
  const surge = scaledValue(maxSurge, desired, 'up')
  const unavailable = scaledValue(maxUnavailable, desired, 'down')
  // Both can round to zero ("1%" of 10); with both at zero, no rollout could proceed.
  const least = surge === 0 && unavailable === 0 ? 1 : unavailable
  return { maxSurge: surge, maxUnavailable: Math.min(least, desired) }
}

/** The most pods that all ReplicaSets together may have. */
export const mostReplicas = (deployment: Stored<Deployment>): number =>
  desiredReplicas(deployment) + limitsOf(deployment).maxSurge

export const replicasOf = ({ spec }: Stored<ReplicaSet>): number => spec.replicas ?? 1

export const sum = (
  sets: readonly Stored<ReplicaSet>[],
  count: (set: Stored<ReplicaSet>) => number | undefined,
): number => sets.reduce((total, set) => total + (count(set) ?? 0), 0)

/** The size of the new ReplicaSet that advances the rollout within the limits. */
export function nextSizeOfNew(
  deployment: Stored<Deployment>,
  sets: readonly Stored<ReplicaSet>[],
  size: number,
): number {
  const desired = desiredReplicas(deployment)
  if (deployment.spec.strategy?.type === 'Recreate') return desired
  const room = mostReplicas(deployment) - sum(sets, replicasOf)
  return room <= 0 ? size : size + Math.min(room, desired - size)
}
