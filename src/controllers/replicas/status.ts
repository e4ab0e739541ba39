import type { Clock } from '../../api/clock.ts'
import { type AnyCondition, conditionOf, withCondition, withoutCondition } from '../../api/conditions.ts'
import { isAvailable, isReady } from '../../api/core/pods.ts'
import type { Pod, PodTemplateSpec } from '../../api/core/v1/index.ts'
import type { Stored, StoredMeta } from '../../api/object.ts'

/** The status of a ReplicaSet or a ReplicationController. */
export interface ReplicaStatus {
  replicas: number
  fullyLabeledReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  terminatingReplicas?: number
  observedGeneration?: number
  conditions?: ReplicaCondition[]
}

export interface ReplicaCondition extends AnyCondition {
  reason?: string
  message?: string
}

interface Owner {
  metadata: StoredMeta
  spec?: { template?: PodTemplateSpec; minReadySeconds?: number }
  status?: ReplicaStatus
}

export interface StatusFacts {
  clock: Clock
  /** Why the controller could not create or delete all pods that it had to. */
  failure?: { reason: string; message: string }
  terminating?: number
}

/** Counts the pods; omits zeros as upstream does. */
export function replicaStatus(owner: Owner, active: Stored<Pod>[], facts: StatusFacts): ReplicaStatus {
  const { clock, failure, terminating } = facts
  const { minReadySeconds = 0, template } = owner.spec ?? {}
  const wanted = Object.entries(template?.metadata?.labels ?? {})
  const labeled = active.filter(({ metadata: { labels } }) => wanted.every(([key, value]) => labels?.[key] === value))
  const ready = active.filter(isReady)
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, clock))
  const conditions = conditionsOf(owner.status?.conditions ?? [], failure, clock)
  return {
    replicas: active.length,
    ...(labeled.length > 0 && { fullyLabeledReplicas: labeled.length }),
    ...(ready.length > 0 && { readyReplicas: ready.length }),
    ...(available.length > 0 && { availableReplicas: available.length }),
    ...(terminating !== undefined && { terminatingReplicas: terminating }),
    observedGeneration: owner.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  }
}

/** This controller owns one condition: ReplicaFailure. */
function conditionsOf(present: ReplicaCondition[], failure: StatusFacts['failure'], clock: Clock): ReplicaCondition[] {
  if (!failure) return withoutCondition(present, 'ReplicaFailure')
  const standing = conditionOf(present, 'ReplicaFailure')
  // The message may differ each time (names are generated); writing each new one would never end.
  if (standing?.status === 'True' && standing.reason === failure.reason) return present
  return withCondition(present, { type: 'ReplicaFailure', status: 'True', ...failure }, clock)
}
