import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/apps/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import { conditionOf, isConditionTrue, withoutCondition } from '../../api/conditions.ts'
import type { Stored } from '../../api/object.ts'
import { type NewCondition, progressing, set } from './conditions.ts'
import { desiredReplicas, limitsOf, replicasOf, sum } from './limits.ts'

export interface Sets {
  newest?: Stored<ReplicaSet>
  old: Stored<ReplicaSet>[]
}

const never = 2 ** 31 - 1

export const hasDeadline = ({ spec }: Stored<Deployment>): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== never

const available: NewCondition = {
  type: 'Available',
  status: 'True',
  reason: 'MinimumReplicasAvailable',
  message: 'Deployment has minimum availability.',
}
const unavailable: NewCondition = {
  type: 'Available',
  status: 'False',
  reason: 'MinimumReplicasUnavailable',
  message: 'Deployment does not have minimum availability.',
}

/** The counts, and whether enough pods are available. */
export function statusOf(deployment: Stored<Deployment>, { newest, old }: Sets, clock: Clock): DeploymentStatus {
  const all = newest ? [...old, newest] : old
  const count = sum(all, ({ status }) => status.availableReplicas)
  const enough = count >= desiredReplicas(deployment) - limitsOf(deployment).maxUnavailable
  const counts = {
    replicas: sum(all, ({ status }) => status.replicas),
    updatedReplicas: newest?.status.replicas ?? 0,
    readyReplicas: sum(all, ({ status }) => status.readyReplicas),
    availableReplicas: count,
    unavailableReplicas: Math.max(0, sum(all, replicasOf) - count),
    terminatingReplicas: sum(all, ({ status }) => status.terminatingReplicas),
  }
  const { collisionCount, conditions = [] } = deployment.status
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([name, n]) => n > 0 || name === 'terminatingReplicas')),
    conditions: set(conditions, enough ? available : unavailable, clock),
    ...(collisionCount && { collisionCount }),
  }
}

/** As `statusOf`, with the progress of the rollout: under way, done, or stuck for longer than the progress deadline. */
export function rolloutStatus(deployment: Stored<Deployment>, sets: Sets, clock: Clock): DeploymentStatus {
  const status = statusOf(deployment, sets, clock)
  let conditions = status.conditions ?? []
  if (!hasDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing')
  else {
    const present = conditionOf(conditions, 'Progressing')
    const wasDone = status.replicas === status.updatedReplicas && present?.reason === progressing.available
    const of = sets.newest ? `ReplicaSet "${sets.newest.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
    const condition = (state: 'True' | 'False', reason: string, what: string, renew = false) => {
      const entry = { type: 'Progressing', status: state, reason, message: `${of} ${what}` } as const
      conditions = set(conditions, entry, clock, renew)
    }
    if (wasDone) {
      // Stays done until the next rollout, whatever happens to its pods.
    } else if (isComplete(deployment, status)) condition('True', progressing.available, 'has successfully progressed.')
    else if (hasProgressed(deployment.status, status)) condition('True', progressing.updated, 'is progressing.', true)
    else if (hasTimedOut(deployment, status, clock))
      condition('False', progressing.timedOut, 'has timed out progressing.')
  }
  const failure = failureOf(sets)
  conditions = failure ? set(conditions, failure, clock) : withoutCondition(conditions, 'ReplicaFailure')
  return { ...status, conditions }
}

/** All pods have the newest template and are available. */
export function isComplete(deployment: Stored<Deployment>, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment)
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) => replicas - updatedReplicas
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

function hasTimedOut(deployment: Stored<Deployment>, status: DeploymentStatus, clock: Clock): boolean {
  const condition = conditionOf(status.conditions, 'Progressing')
  if (!condition || condition.reason === progressing.available) return false
  if (condition.reason === progressing.timedOut) return true
  return clock.now() > deadlineOf(deployment, condition.lastUpdateTime)
}

const deadlineOf = ({ spec }: Stored<Deployment>, since: string | undefined): number =>
  Date.parse(since ?? '') + (spec.progressDeadlineSeconds ?? 0) * 1000

/** Milliseconds until the rollout may count as stuck; undefined: it cannot. */
export function nextDeadline(
  deployment: Stored<Deployment>,
  status: DeploymentStatus,
  clock: Clock,
): number | undefined {
  const condition = conditionOf(status.conditions, 'Progressing')
  if (!condition || !hasDeadline(deployment) || deployment.spec.paused) return undefined
  if (condition.reason === progressing.timedOut || condition.reason === progressing.available) return undefined
  // Times in objects are whole seconds: one more second makes sure that the deadline has passed.
  return Math.max(0, deadlineOf(deployment, condition.lastUpdateTime) - clock.now()) + 1000
}

/** Why a ReplicaSet can't create its pods; the newest one's reason comes first. */
function failureOf({ newest, old }: Sets): NewCondition | undefined {
  const sets = [...(newest ? [newest] : []), ...old]
  const failed = sets.find(({ status }) => isConditionTrue(status.conditions, 'ReplicaFailure'))
  const { reason = '', message = '' } = conditionOf(failed?.status.conditions, 'ReplicaFailure') ?? {}
  return failed && { type: 'ReplicaFailure', status: 'True', reason, message }
}
