import type { ReplicaSet } from '../../api/apps/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { desiredReplicas, limitsOf, nextSizeOfNew, replicasOf, sum } from './limits.ts'
import type { Rollout } from './rollout.ts'
import { isActive, type Sizes } from './scaling.ts'

/** One step of a rolling update. The next pass continues when the pods of this one have come or gone. */
export async function rollingUpdate(rollout: Rollout): Promise<void> {
  const newest = await rollout.ensureNewest()
  if (!newest) return
  const desired = desiredReplicas(rollout.deployment)
  const size = replicasOf(newest)
  const next = size > desired ? desired : nextSizeOfNew(rollout.deployment, rollout.all, size)
  if (size !== desired && (await rollout.scale(new Map([[newest, next]])))) return
  await rollout.scale(shrinkOld(rollout))
}

/**
 * How far the old ReplicaSets may shrink: first by pods that are not available anyway, then by others as long as enough
 * stay available.
 */
function shrinkOld(rollout: Rollout): Sizes {
  const { newest, deployment, all } = rollout
  const old = rollout.old.filter(isActive)
  const least = desiredReplicas(deployment) - limitsOf(deployment).maxUnavailable
  const unavailable = newest ? Math.max(0, replicasOf(newest) - (newest.status.availableReplicas ?? 0)) : 0
  const sizes: Sizes = new Map(old.map((set) => [set, replicasOf(set)]))

  let spare = sum(all, replicasOf) - least - unavailable
  if (spare <= 0) return new Map()
  for (const set of old) {
    const broken = Math.max(0, replicasOf(set) - (set.status.availableReplicas ?? 0))
    spare -= shrink(sizes, set, Math.min(broken, spare))
  }
  // Available pods that are about to go do not count: the status lags behind the size.
  const staying = (set: Stored<ReplicaSet>) => Math.min(set.status.availableReplicas ?? 0, replicasOf(set))
  let free = sum(all, staying) - least
  for (const set of old) free -= shrink(sizes, set, Math.min(free, sizes.get(set) ?? 0))
  return new Map([...sizes].filter(([set, size]) => size !== replicasOf(set)))
}

function shrink(sizes: Sizes, set: Stored<ReplicaSet>, by: number): number {
  const taken = Math.max(0, by)
  sizes.set(set, (sizes.get(set) ?? 0) - taken)
  return taken
}

/** Removes all old pods before it creates the first new one. `oldPodsLeft`: some still exist. */
export async function recreate(rollout: Rollout, oldPodsLeft: () => boolean): Promise<void> {
  await rollout.syncNewest()
  const scaledDown = await rollout.scale(new Map(rollout.old.filter(isActive).map((set) => [set, 0])))
  if (scaledDown || oldPodsLeft()) return
  const newest = await rollout.ensureNewest()
  if (newest) await rollout.scale(new Map([[newest, desiredReplicas(rollout.deployment)]]))
}
