import type { ContainerStatus } from '../../api/core/v1/index.ts'
import { appContainersOf, initContainersOf, isFinished, type KubePod } from '../pod.ts'
import { restartPolicyOf, shouldRestart } from './restart.ts'

/** The pod's phase from its containers' statuses, in the order of the spec. A finished pod stays finished. */
export function podPhase(
  pod: KubePod,
  init: ContainerStatus[],
  app: ContainerStatus[],
  before: string | undefined,
): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  if (isFinished(before)) return before === 'Failed' ? 'Failed' : 'Succeeded'
  const appSpecs = appContainersOf(pod)
  const seen = app.map((status, i) =>
    fate(status, (code) => {
      const spec = appSpecs[i]
      return spec !== undefined && shouldRestart(pod, spec, code)
    }),
  )
  const started = seen.some((s) => s !== 'waiting')

  const initSpecs = initContainersOf(pod)
  for (const [i, status] of init.entries()) {
    const spec = initSpecs[i]
    if (!spec) continue
    const ended = status.state?.terminated
    if (spec.kind === 'sidecar') {
      if (!started && !status.started) return 'Pending'
    } else if (ended ? ended.exitCode !== 0 : !started) {
      const failedForGood = ended !== undefined && restartPolicyOf(pod, spec) === 'Never'
      if (failedForGood) return 'Failed'
      if (!started) return 'Pending'
    }
  }
  if (seen.includes('waiting')) return 'Pending'
  if (seen.includes('running') || seen.includes('restarting')) return 'Running'
  return seen.every((s) => s === 'succeeded') ? 'Succeeded' : 'Failed'
}

type Fate = 'waiting' | 'running' | 'restarting' | 'succeeded' | 'failed'

function fate(status: ContainerStatus, restarts: (exitCode: number) => boolean): Fate {
  if (status.state?.running) return 'running'
  const ended = status.state?.terminated ?? status.lastState?.terminated
  if (!ended) return 'waiting'
  if (status.state?.waiting || restarts(ended.exitCode)) return 'restarting'
  return ended.exitCode === 0 ? 'succeeded' : 'failed'
}
