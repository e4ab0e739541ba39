import type { KubePod, PodContainer } from '../pod.ts'
import type { Run } from '../runtime-state.ts'

/** The restart policy of one container: its own, else the pod's. */
export function restartPolicyOf(pod: KubePod, { spec, kind }: PodContainer): string {
  const own = kind === 'init' || kind === 'sidecar' || kind === 'app' ? spec.restartPolicy : undefined
  if (own) return own
  const ofPod = pod.spec.restartPolicy ?? 'Always'
  return kind === 'init' && ofPod === 'Always' ? 'OnFailure' : ofPod
}

/** Whether a container with this exit should run again (KEP-5307: the first matching rule, then the policy). */
export function shouldRestart(pod: KubePod, container: PodContainer, exitCode: number): boolean {
  if (container.kind === 'ephemeral') return false
  for (const rule of container.spec.restartPolicyRules ?? []) {
    const listed = rule.exitCodes?.values?.includes(exitCode) ?? false
    const matches = rule.exitCodes?.operator === 'NotIn' ? !listed : listed
    if (matches && exitCode !== 0) return rule.action === 'Restart' || rule.action === 'RestartAllContainers'
  }
  const policy = restartPolicyOf(pod, container)
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

/** Whether to start the container (again), from its newest run. */
export function needsStart(pod: KubePod, container: PodContainer, status: Run | undefined): boolean {
  if (!status) return true
  if (status.state === 'RUNNING') return false
  if (status.state === 'EXITED') return shouldRestart(pod, container, status.exitCode)
  return container.kind !== 'ephemeral'
}
