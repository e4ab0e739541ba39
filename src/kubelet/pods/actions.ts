import { appContainersOf, ephemeralContainersOf, initContainersOf, type KubePod, type PodContainer } from '../pod.ts'
import type { ProbeVerdict } from '../probes/prober.ts'
import { newest, type PodState, type Run, readySandbox, runningContainers } from '../runtime-state.ts'
import { needsStart, shouldRestart } from './restart.ts'

/** The next actions that make the runtime match the pod's spec. */
export interface PodActions {
  /** Run a sandbox with this attempt number. */
  createSandbox?: { attempt: number }
  /** Sandboxes to stop first, with all that runs in them. */
  stopSandboxes: string[]
  kill: KillAction[]
  /** In this order, one after the other. */
  start: StartAction[]
}

export interface KillAction {
  status: Run
  container: PodContainer | undefined
  /** For the event. */
  message: string
  /** Killed to run again. */
  restarts: boolean
  /** The failed probe may have a grace period of its own. */
  failedProbe?: 'liveness' | 'startup'
}

export interface StartAction {
  container: PodContainer
  attempt: number
  /** The ended run, from which the back-off counts. */
  after?: Run
}

export interface ActionFacts {
  verdict(containerId: string): ProbeVerdict
  /** Identifies the spec of a container. */
  hash(container: PodContainer): string
  /** The hash of a running container's spec. */
  hashOf(status: Run): string | undefined
}

const nothing = (): PodActions => ({ stopSandboxes: [], kill: [], start: [] })

/**
 * The next actions for a pod that should run. Pure: the same pod, state and facts give the same actions, so that a restart of
 * the kubelet or missed events do not matter.
 */
export function podActions(pod: KubePod, state: PodState, facts: ActionFacts): PodActions {
  const sandbox = readySandbox(state)
  const current = state.sandboxes[0]
  if (!sandbox || !current || sandbox.id !== current.id) return withNewSandbox(pod, state)

  const actions = nothing()
  actions.stopSandboxes = state.sandboxes.slice(1).flatMap((s) => (s.state === 'READY' ? [s.id] : []))
  const here: Here = { pod, state, facts, sandboxId: sandbox.id, actions }
  const initialized = hasStartedApp(here) || initialize(here)
  for (const container of ephemeralContainersOf(pod)) {
    if (!newest(state, container.spec.name)) actions.start.push({ container, attempt: 0 })
  }
  if (initialized) {
    for (const container of initContainersOf(pod)) if (container.kind === 'sidecar') keepRunning(here, container)
    for (const container of appContainersOf(pod)) keepRunning(here, container)
  }
  return actions
}

interface Here {
  pod: KubePod
  state: PodState
  facts: ActionFacts
  sandboxId: string
  actions: PodActions
}

/** There is no live sandbox: stop the rest and begin anew, unless no container would start in it. */
function withNewSandbox(pod: KubePod, state: PodState): PodActions {
  const actions = nothing()
  actions.stopSandboxes = state.sandboxes.flatMap((s) => (s.state === 'READY' ? [s.id] : []))
  for (const { podSandboxId: id } of runningContainers(state)) {
    if (!actions.stopSandboxes.includes(id)) actions.stopSandboxes.push(id)
  }
  const attempt = state.sandboxes.reduce((max, s) => Math.max(max, s.metadata.attempt + 1), 0)
  const ranBefore = state.containers.length > 0
  if (ranBefore && pod.spec.restartPolicy === 'Never') return actions
  const wanted = appContainersOf(pod).filter((c) => {
    const status = newest(state, c.spec.name)
    return !status || status.state === 'RUNNING' || needsStart(pod, c, status)
  })
  if (wanted.length > 0) actions.createSandbox = { attempt }
  return actions
}

const inSandbox = ({ state, sandboxId }: Here, name: string): Run | undefined =>
  state.containers.find((c) => c.metadata.name === name && c.podSandboxId === sandboxId)

/** Once this sandbox has had an app container, initialization is complete for good. */
const hasStartedApp = (here: Here): boolean =>
  appContainersOf(here.pod).some((c) => inSandbox(here, c.spec.name) !== undefined)

/** Works through the init containers; true when the app containers may start. */
function initialize(here: Here): boolean {
  const containers = initContainersOf(here.pod)
  const reached = containers.findLastIndex((c) => inSandbox(here, c.spec.name) !== undefined)
  for (const [i, container] of containers.entries()) {
    const status = inSandbox(here, container.spec.name)
    if (container.kind === 'sidecar') {
      keepRunning(here, container, status)
      if (status?.state !== 'RUNNING' || !here.facts.verdict(status.id).started) return false
      continue
    }
    // A finished one may have been garbage collected; a later one proves that it had finished.
    if (i < reached && status?.state !== 'RUNNING') continue
    if (status?.state === 'EXITED' && status.exitCode === 0) continue
    if (status?.state === 'RUNNING') return false
    if (needsStart(here.pod, container, status)) start(here, container, status)
    return false
  }
  return true
}

/** Starts, restarts or kills a container that should run now. */
function keepRunning(here: Here, container: PodContainer, status = currentRun(here, container)): void {
  const { pod, facts, actions } = here
  if (status?.state !== 'RUNNING') {
    if (needsStart(pod, container, status)) start(here, container, status)
    return
  }
  const name = container.spec.name
  const made = facts.hashOf(status)
  const { failed } = facts.verdict(status.id)
  const restarts = shouldRestart(pod, container, 137)
  const kill = (text: string, failedProbe?: 'liveness' | 'startup') => {
    const message = restarts ? `${text}, will be restarted` : text
    actions.kill.push({ status, container, message, restarts, ...(failedProbe && { failedProbe }) })
  }
  if (made !== undefined && made !== facts.hash(container)) kill(`Container ${name} definition changed`)
  else if (failed) kill(`Container ${name} failed ${failed} probe`, failed)
}

/** The newest run; one that still runs counts only in the present sandbox. */
function currentRun(here: Here, container: PodContainer): Run | undefined {
  const status = newest(here.state, container.spec.name)
  return status && status.state !== 'EXITED' && status.podSandboxId !== here.sandboxId
    ? inSandbox(here, container.spec.name)
    : status
}

function start({ pod, state, actions }: Here, container: PodContainer, status: Run | undefined): void {
  const { name } = container.spec
  const last = newest(state, name)
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status
  // Do not count from 0 again if the runtime has lost its state (the machine was restarted).
  const published = last ? undefined : [...containerStatuses, ...initContainerStatuses].find((s) => s.name === name)
  const attempt = last ? last.metadata.attempt + 1 : published?.lastState?.terminated ? published.restartCount + 1 : 0
  actions.start.push({ container, attempt, ...(status && { after: status }) })
}
