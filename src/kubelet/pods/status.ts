import { formatTime } from '../../api/clock.ts'
import type { ContainerState, ContainerStatus, PodCondition, PodStatus } from '../../api/core/v1/index.ts'
import { qosClass } from '../container/qos.ts'
import {
  appContainersOf,
  ephemeralContainersOf,
  initContainersOf,
  isFinished,
  type KubePod,
  type PodContainer,
} from '../pod.ts'
import { type PodState, type Run, readySandbox, runningContainers } from '../runtime-state.ts'
import type { ProbeVerdict } from './actions.ts'
import { podPhase } from './phase.ts'
import { shouldRestart } from './restart.ts'

/** Why the kubelet itself ends a pod. */
export interface Failure {
  reason: string
  message: string
  /** It goes for the node's sake, not through its own fault: others are told by a condition (KEP-3329). */
  isDisruption?: boolean
}

/** What else than the runtime's state goes into a status. */
export interface StatusFacts {
  now: number
  hostIp: string
  verdict(run: Run): ProbeVerdict & { ready: boolean }
  /** Why a container that does not run is waiting: an image that cannot be pulled, a back-off, a missing config map. */
  waiting(name: string): { reason: string; message?: string } | undefined
  terminationMessage(run: Run): string | undefined
  /** The runtime's name, before `://` in container ids. */
  runtimeName: string
  /** Set when the kubelet itself ended the pod: phase Failed whatever the containers say. */
  failed?: Failure
  /** The pod is being stopped for good: what does not run never will. */
  ending: boolean
}

/** The pod's status as upstream's kubelet reports it. Pure; conditions keep their transition times where nothing changed. */
export function podStatus(pod: KubePod, state: PodState, facts: StatusFacts): PodStatus {
  const before = pod.status
  const make = (containers: PodContainer[], old: ContainerStatus[] | undefined) =>
    containers.map((c) =>
      containerStatus(
        pod,
        c,
        state,
        facts,
        old?.find((s) => s.name === c.spec.name),
      ),
    )
  const init = make(initContainersOf(pod), before.initContainerStatuses)
  const app = make(appContainersOf(pod), before.containerStatuses)
  const ephemeral = make(ephemeralContainersOf(pod), before.ephemeralContainerStatuses)

  const phase = facts.failed ? 'Failed' : podPhase(pod, init, app, before.phase)
  const sandbox = readySandbox(state) ?? state.sandboxes[0]
  const ips = pod.spec.hostNetwork ? (sandbox ? [facts.hostIp] : []) : (sandbox?.ips ?? [])
  const podIPs = ips.length > 0 ? ips.map((ip) => ({ ip })) : before.podIPs
  const conditions = podConditions(pod, { phase, init, app, state, now: facts.now, failed: facts.failed })
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions,
    ...reasonOf(facts.failed ?? before),
    hostIP: facts.hostIp,
    hostIPs: [{ ip: facts.hostIp }],
    ...(podIPs?.[0] && { podIP: podIPs[0].ip, podIPs }),
    startTime: before.startTime ?? formatTime(facts.now),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: app,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
    qosClass: qosClass(pod),
  }
}

const reasonOf = ({ reason, message }: { reason?: string; message?: string }) => ({
  ...(reason && { reason }),
  ...(message && { message }),
})

/**
 * What may be told of `status`: no pod counts as finished before its last container has ended, sidecars too. Whoever sees
 * it finished takes what it holds as free, and starts another in its place.
 */
export function untilAllEnded(status: PodStatus, { status: before }: KubePod, state: PodState): PodStatus {
  const isEarly = isFinished(status.phase) && !isFinished(before.phase) && runningContainers(state).length > 0
  if (!isEarly) return status
  const { reason: _, message: __, ...rest } = status
  return { ...rest, phase: before.phase ?? 'Pending', ...reasonOf(before) }
}

function containerStatus(
  pod: KubePod,
  container: PodContainer,
  state: PodState,
  facts: StatusFacts,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const { name } = container.spec
  const [run, earlier] = state.containers.filter((c) => c.metadata.name === name)
  const terminated = (r: Run | undefined) => (r?.state === 'EXITED' ? terminatedState(r, facts) : undefined)
  const base = {
    name,
    image: run?.image || container.spec.image || '',
    imageID: run?.imageRef ?? '',
    restartCount: run?.metadata.attempt ?? old?.restartCount ?? 0,
    ...(container.spec.volumeMounts?.length && {
      volumeMounts: container.spec.volumeMounts.map((m) => ({
        name: m.name,
        mountPath: m.mountPath,
        ...(m.readOnly && { readOnly: true, recursiveReadOnly: 'Disabled' }),
      })),
    }),
    ...(container.spec.resources && container.kind !== 'ephemeral' && { resources: container.spec.resources }),
    ...(container.spec.resources?.requests &&
      container.kind !== 'ephemeral' && { allocatedResources: container.spec.resources.requests }),
  }
  const status = (s: ContainerState, last: ContainerState | undefined, ready: boolean, started: boolean) => ({
    ...base,
    state: s,
    lastState: last ?? {},
    ready,
    ...(container.kind !== 'ephemeral' && { started }),
    ...(run && { containerID: `${facts.runtimeName}://${run.id}` }),
  })
  const last = terminated(earlier) ?? old?.lastState?.terminated

  if (run?.state === 'RUNNING') {
    const { ready, started } = facts.verdict(run)
    const running = { running: { startedAt: formatTime(run.startedAt || run.createdAt) } }
    // An init container is ready when it is done.
    const isReady = container.kind === 'init' || container.kind === 'ephemeral' ? false : started && ready
    return status(running, last && { terminated: last }, isReady, container.kind === 'init' ? true : started)
  }
  const waiting = facts.waiting(name)
  if (run?.state === 'EXITED') {
    const end = terminatedState(run, facts)
    if (waiting && !facts.ending && shouldRestart(pod, container, run.exitCode))
      return status({ waiting }, { terminated: end }, false, false)
    return status(
      { terminated: end },
      last && { terminated: last },
      container.kind === 'init' && run.exitCode === 0,
      false,
    )
  }
  if (facts.ending && old && (old.state?.running || old.state?.terminated))
    return { ...old, state: old.state.terminated ? old.state : { terminated: lost }, ready: false, started: false }
  // The machine was started anew, and the runtime has forgotten what ran.
  const wasLost = !run && old?.containerID !== undefined && old.state?.running !== undefined
  if (wasLost && !shouldRestart(pod, container, lost.exitCode))
    return { ...old, state: { terminated: lost }, ready: false, started: false }
  const reason = initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating'
  const end = wasLost ? lost : last
  return status({ waiting: waiting ?? { reason } }, end && { terminated: end }, false, false)
}

/** What upstream says of a container that was seen running and is gone. */
const lost = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
}

function terminatedState(run: Run, facts: StatusFacts) {
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

interface ConditionFacts {
  phase: string
  init: ContainerStatus[]
  app: ContainerStatus[]
  state: PodState
  now: number
  failed: Failure | undefined
}

/** The conditions that the kubelet writes; all others are those of others. */
export const kubeletConditions: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'DisruptionTarget',
])

/** The kubelet's five conditions, beside those that others own. */
function podConditions(pod: KubePod, { phase, init, app, state, now, failed }: ConditionFacts): PodCondition[] {
  const before = pod.status.conditions ?? []
  const gates = (pod.spec.readinessGates ?? []).map((g) => g.conditionType)
  const sidecars = init.filter((_, i) => initContainersOf(pod)[i]?.kind === 'sidecar')
  const notReady = [...sidecars, ...app].filter((s) => !s.ready).map((s) => s.name)
  const notInitialized = init
    .filter((s, i) => (initContainersOf(pod)[i]?.kind === 'sidecar' ? !s.started : !s.ready))
    .map((s) => s.name)
  const appStarted = app.some((s) => s.state?.running || s.state?.terminated || s.lastState?.terminated)
  const initialized = phase === 'Succeeded' || appStarted || notInitialized.length === 0
  const succeeded = phase === 'Succeeded'

  const containersReady: Verdict = succeeded
    ? { ok: false, reason: 'PodCompleted' }
    : phase === 'Failed'
      ? { ok: false, reason: 'PodFailed' }
      : notReady.length > 0
        ? {
            ok: false,
            reason: 'ContainersNotReady',
            message: `containers with unready status: [${notReady.join(' ')}]`,
          }
        : { ok: true }
  const missing = gates.filter((g) => !before.some((c) => c.type === g))
  const closed = gates.filter((g) => before.some((c) => c.type === g && c.status !== 'True'))
  const gate = [
    ...missing.map((g) => `corresponding condition of pod readiness gate "${g}" does not exist.`),
    ...closed.map((g) => `the status of pod readiness gate "${g}" is not "True", but False`),
  ]
  const ready: Verdict =
    containersReady.ok && gate.length > 0
      ? { ok: false, reason: 'ReadinessGatesNotReady', message: gate.join(', ') }
      : containersReady
  const verdicts: Record<string, Verdict> = {
    PodReadyToStartContainers: { ok: readySandbox(state) !== undefined },
    Initialized: succeeded
      ? { ok: true, reason: 'PodCompleted' }
      : initialized
        ? { ok: true }
        : {
            ok: false,
            reason: 'ContainersNotInitialized',
            message: `containers with incomplete status: [${notInitialized.join(' ')}]`,
          },
    Ready: ready,
    ContainersReady: containersReady,
    PodScheduled: { ok: true },
    ...(failed?.isDisruption && {
      DisruptionTarget: { ok: true, reason: 'TerminationByKubelet', message: failed.message },
    }),
  }
  const own = Object.entries(verdicts).map(([type, verdict]) =>
    condition(
      type,
      verdict,
      before.find((c) => c.type === type),
      now,
      pod.metadata.generation,
    ),
  )
  return [...own, ...before.filter((c) => !(c.type in verdicts))]
}

interface Verdict {
  ok: boolean
  reason?: string
  message?: string
}

function condition(
  type: string,
  { ok, reason, message }: Verdict,
  before: PodCondition | undefined,
  now: number,
  generation: number | undefined,
): PodCondition {
  const status = ok ? 'True' : 'False'
  return {
    type,
    status,
    ...(generation !== undefined && { observedGeneration: generation }),
    lastTransitionTime:
      before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(now),
    ...(reason && { reason }),
    ...(message && { message }),
  }
}
