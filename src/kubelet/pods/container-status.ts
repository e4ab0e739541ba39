import { formatTime } from '../../api/clock.ts'
import type { ContainerState, ContainerStateTerminated, ContainerStatus } from '../../api/core/v1/index.ts'
import { initContainersOf, type KubePod, type PodContainer } from '../pod.ts'
import type { ProbeVerdict } from '../probes/prober.ts'
import type { PodState, Run } from '../runtime-state.ts'
import { shouldRestart } from './restart.ts'

/** Inputs of a container's status besides the runtime's state. */
export interface ContainerFacts {
  verdict(run: Run): ProbeVerdict & { ready: boolean }
  /** Why a container that does not run is waiting: an image that cannot be pulled, a back-off, a missing config map. */
  waiting(name: string): { reason: string; message?: string } | undefined
  terminationMessage(run: Run): string | undefined
  /** The runtime's name, before `://` in container ids. */
  runtimeName: string
  /** The pod is being stopped for good: no further container starts. */
  ending: boolean
}

/** All inputs of one container's status. */
interface Seen {
  pod: KubePod
  container: PodContainer
  facts: ContainerFacts
  /** The previous status. */
  old: ContainerStatus | undefined
  /** The newest run. */
  run: Run | undefined
  /** How the last run before it ended. */
  last: ContainerStateTerminated | undefined
}

/** The status of one container. Pure. */
export function containerStatus(
  pod: KubePod,
  container: PodContainer,
  state: PodState,
  facts: ContainerFacts,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const [run, earlier] = state.containers.filter((c) => c.metadata.name === container.spec.name)
  const last = earlier?.state === 'EXITED' ? terminated(earlier, facts) : old?.lastState?.terminated
  const seen: Seen = { pod, container, facts, old, run, last }
  if (run?.state === 'RUNNING') return running(seen, run)
  if (run?.state === 'EXITED') return exited(seen, run)
  return absent(seen)
}

function running(seen: Seen, run: Run): ContainerStatus {
  const { kind } = seen.container
  const { ready, started } = seen.facts.verdict(run)
  return status(seen, {
    state: { running: { startedAt: formatTime(run.startedAt || run.createdAt) } },
    last: seen.last,
    // An init container is ready when it is done.
    ready: (kind === 'app' || kind === 'sidecar') && started && ready,
    started: kind === 'init' || started,
  })
}

function exited(seen: Seen, run: Run): ContainerStatus {
  const { pod, container, facts, last } = seen
  const end = terminated(run, facts)
  const waiting = facts.waiting(container.spec.name)
  if (waiting && !facts.ending && shouldRestart(pod, container, run.exitCode))
    return status(seen, { state: { waiting }, last: end })
  return status(seen, {
    state: { terminated: end },
    last,
    ready: container.kind === 'init' && run.exitCode === 0,
  })
}

/** It has not run yet, or the runtime has lost it: the machine was restarted. */
function absent(seen: Seen): ContainerStatus {
  const { pod, container, facts, old, run, last } = seen
  if (facts.ending && old?.state?.terminated) return { ...old, ready: false, started: false }
  const wasRunning = old?.state?.running !== undefined
  const isLost = wasRunning && !run && old.containerID !== undefined
  if (wasRunning && (facts.ending || (isLost && !shouldRestart(pod, container, lost.exitCode))))
    return { ...old, state: { terminated: lost }, ready: false, started: false }
  const reason = initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating'
  const waiting = facts.waiting(container.spec.name) ?? { reason }
  return status(seen, { state: { waiting }, last: isLost ? lost : last })
}

interface Standing {
  state: ContainerState
  last: ContainerStateTerminated | undefined
  ready?: boolean
  started?: boolean
}

function status(seen: Seen, { state, last, ready = false, started = false }: Standing): ContainerStatus {
  const { facts, old, run } = seen
  const { spec, kind } = seen.container
  const isEphemeral = kind === 'ephemeral'
  return {
    name: spec.name,
    image: run?.image || spec.image || '',
    imageID: run?.imageRef ?? '',
    restartCount: run?.metadata.attempt ?? old?.restartCount ?? 0,
    ...(spec.volumeMounts?.length && {
      volumeMounts: spec.volumeMounts.map((m) => ({
        name: m.name,
        mountPath: m.mountPath,
        ...(m.readOnly && { readOnly: true, recursiveReadOnly: 'Disabled' }),
      })),
    }),
    ...(spec.resources && !isEphemeral && { resources: spec.resources }),
    ...(spec.resources?.requests && !isEphemeral && { allocatedResources: spec.resources.requests }),
    state,
    lastState: last ? { terminated: last } : {},
    ready,
    ...(!isEphemeral && { started }),
    ...(run && { containerID: `${facts.runtimeName}://${run.id}` }),
  }
}

/** Upstream's status of a container that ran and has vanished. */
const lost = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
}

function terminated(run: Run, facts: ContainerFacts): ContainerStateTerminated {
  const message = facts.terminationMessage(run) || run.message
  return {
    exitCode: run.exitCode,
    reason: run.reason || (run.exitCode === 0 ? 'Completed' : 'Error'),
    ...(message && { message }),
    startedAt: formatTime(run.startedAt || run.createdAt),
    finishedAt: formatTime(run.finishedAt),
    containerID: `${facts.runtimeName}://${run.id}`,
  }
}
