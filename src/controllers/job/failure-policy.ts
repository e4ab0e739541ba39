import type { PodFailurePolicy, PodFailurePolicyRule } from '../../api/batch/v1/index.ts'
import type { ContainerStatus, Pod, PodCondition } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/** What a Job's policy does about a failed pod. (KEP-3329) */
export interface PolicyAnswer {
  action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count'
  /** The rule and what it matched; for FailJob. */
  message: string
}

/** The action of the first matching rule; undefined: none matches, and the failure counts as any. */
export function policyAnswer(policy: PodFailurePolicy | undefined, pod: Stored<Pod>): PolicyAnswer | undefined {
  const { namespace, name } = pod.metadata
  for (const [at, rule] of (policy?.rules ?? []).entries()) {
    const action = rule.action as PolicyAnswer['action']
    const which = `matching ${action} rule at index ${at}`
    if (rule.onExitCodes) {
      const container = endedAsIn(rule.onExitCodes, pod)
      if (!container) continue
      const exitCode = container.state?.terminated?.exitCode
      const message = `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${exitCode} ${which}`
      return { action, message }
    }
    const condition = conditionIn(rule.onPodConditions ?? [], pod)
    if (condition) return { action, message: `Pod ${namespace}/${name} has condition ${condition.type} ${which}` }
  }
  return undefined
}

/** The failure counts against the back-off limit. */
export const isCounted = (policy: PodFailurePolicy | undefined, pod: Stored<Pod>): boolean =>
  policyAnswer(policy, pod)?.action !== 'Ignore'

/** A container whose exit code matches the rule; exit code 0 never does. */
function endedAsIn(
  { containerName, operator, values }: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  { status }: Stored<Pod>,
): ContainerStatus | undefined {
  return [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].find(({ name, state }) => {
    const exitCode = state?.terminated?.exitCode
    if (!exitCode || (containerName !== undefined && containerName !== name)) return false
    return values.includes(exitCode) === (operator === 'In')
  })
}

const conditionIn = (
  patterns: NonNullable<PodFailurePolicyRule['onPodConditions']>,
  { status }: Stored<Pod>,
): PodCondition | undefined =>
  status.conditions?.find((condition) =>
    patterns.some(({ type, status = 'True' }) => type === condition.type && status === condition.status),
  )
