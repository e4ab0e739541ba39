import { formatTime } from '../../../../api/clock.ts'
import { isConditionTrue, withCondition } from '../../../../api/conditions.ts'
import { isReady } from '../../../../api/core/pods.ts'
import { type Pod, Pods } from '../../../../api/core/v1/index.ts'
import { ApiError, badRequest, forbidden } from '../../../../api/errors.ts'
import { selectorOf } from '../../../../api/machinery/selectors/labels.ts'
import type { Status } from '../../../../api/meta/v1/index.ts'
import type { Stored } from '../../../../api/object.ts'
import { type Eviction, type PodDisruptionBudget, PodDisruptionBudgets } from '../../../../api/policy/v1/index.ts'
import type { HookContext } from '../../../definition.ts'
import { checkDeleteOptions } from '../../../registry/delete-options.ts'
import { success } from '../binding.ts'

const budgets = { group: 'policy', resource: 'poddisruptionbudgets' }
/** More evictions than that may not be on their way: the budget's status would grow without bound. */
const maxDisruptedPods = 2000

/**
 * `pods/eviction`: deletes a pod unless that takes more pods away than a PodDisruptionBudget allows.
 * @throws ApiError 429 when the budget is used up, to be tried again.
 */
export async function evictPod(pod: Stored<Pod>, eviction: Eviction, context: HookContext): Promise<Status> {
  const given = eviction.metadata?.name
  if (given && given !== pod.metadata.name) throw badRequest('name in URL does not match name in Eviction object')
  if (eviction.deleteOptions) checkDeleteOptions(eviction.deleteOptions)
  const dryRun = context.dryRun || (eviction.deleteOptions?.dryRun?.length ?? 0) > 0
  const budget = needsBudget(pod) ? await budgetOf(pod, context) : undefined
  if (budget && !mayIgnore(budget, pod)) await take(budget, pod, { ...context, dryRun })
  if (dryRun) return success()
  await markEvicted(pod, context)
  await context.objects.delete(Pods, pod.metadata, {
    gracePeriodSeconds: eviction.deleteOptions?.gracePeriodSeconds,
    propagationPolicy: eviction.deleteOptions?.propagationPolicy,
    preconditions: { ...eviction.deleteOptions?.preconditions, uid: pod.metadata.uid },
  })
  return success()
}

/** The eviction of pods that do not run, or are being deleted already, disrupts nothing. */
const needsBudget = ({ status, metadata }: Stored<Pod>) =>
  !metadata.deletionTimestamp && !['Succeeded', 'Failed', 'Pending'].includes(status.phase ?? '')

async function budgetOf(pod: Stored<Pod>, { objects }: HookContext) {
  const all = await objects.list(PodDisruptionBudgets, pod.metadata.namespace)
  const mine = all.filter(({ spec }) => selectorOf(spec.selector).matches(pod.metadata.labels))
  if (mine.length > 1)
    throw new ApiError(
      500,
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  return mine[0]
}

/** Pods that are not ready do not count as healthy, so that their eviction can be allowed although the budget is used up. */
function mayIgnore({ spec, status }: Stored<PodDisruptionBudget>, pod: Stored<Pod>): boolean {
  if (isReady(pod)) return false
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const desired = status.desiredHealthy ?? 0
  return desired > 0 && (status.currentHealthy ?? 0) >= desired
}

async function take(budget: Stored<PodDisruptionBudget>, pod: Stored<Pod>, context: HookContext) {
  if (context.dryRun) return void taken(budget, pod, context)
  await context.objects.update(PodDisruptionBudgets, budget.metadata, (now) => taken(now, pod, context), {
    subresource: 'status',
  })
}

function taken(budget: Stored<PodDisruptionBudget>, pod: Stored<Pod>, { clock }: HookContext) {
  const { metadata, status } = budget
  const { name } = metadata
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0))
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10)
  const allowed = status.disruptionsAllowed ?? 0
  if (allowed < 0) throw forbidden(budgets, name, 'pdb disruptions allowed is negative')
  if (Object.keys(status.disruptedPods ?? {}).length > maxDisruptedPods)
    throw forbidden(budgets, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (allowed === 0) {
    const failed = status.conditions?.find((c) => c.type === 'DisruptionAllowed' && c.reason === 'SyncFailed')
    throw tooMany(
      failed
        ? `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failed.message}`
        : `The disruption budget ${name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`,
    )
  }
  const left = allowed - 1
  const exhausted = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    observedGeneration: status.observedGeneration,
  }
  return {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: left,
      disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: formatTime(clock.now()) },
      ...(left === 0 && { conditions: withCondition(status.conditions, exhausted, clock) }),
    },
  }
}

function tooMany(message: string, retryAfterSeconds?: number): ApiError {
  return new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds && { retryAfterSeconds }),
  })
}

async function markEvicted(pod: Stored<Pod>, { objects, clock }: HookContext) {
  const why = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  }
  await objects.update(
    Pods,
    pod.metadata,
    (now) =>
      isConditionTrue(now.status.conditions, why.type)
        ? now
        : { ...now, status: { ...now.status, conditions: withCondition(now.status.conditions, why, clock) } },
    { unowned: true },
  )
}
