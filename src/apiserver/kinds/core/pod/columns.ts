import { isConditionTrue } from '../../../../api/conditions.ts'
import { isSidecar } from '../../../../api/core/pods.ts'
import type { ContainerStatus, Pod } from '../../../../api/core/v1/index.ts'
import type { Stored } from '../../../../api/object.ts'
import type { Column } from '../../../definition.ts'
import { ageColumn, column, duration, nameColumn, none, wide } from '../../table.ts'

/** The table of `kubectl get pods`. */
export const podColumns: Column<Pod>[] = [
  nameColumn(),
  column('Ready', (pod) => {
    const { ready, total } = summary(pod)
    return `${ready}/${total}`
  }),
  column('Status', (pod) => summary(pod).status),
  column('Restarts', (pod, now) => {
    const { restarts, lastRestart } = summary(pod)
    return restarts > 0 && lastRestart ? `${restarts} (${duration(now - lastRestart)} ago)` : `${restarts}`
  }),
  ageColumn(),
  wide('IP', (pod) => pod.status.podIPs?.[0]?.ip || pod.status.podIP || none),
  wide('Node', (pod) => pod.spec.nodeName || none),
  wide('Nominated Node', (pod) => pod.status.nominatedNodeName || none),
  wide('Readiness Gates', (pod) => {
    const gates = pod.spec.readinessGates ?? []
    return gates.length ? `${gates.filter((g) => isTrue(pod, g.conditionType)).length}/${gates.length}` : none
  }),
]

interface Summary {
  status: string
  ready: number
  total: number
  restarts: number
  /** Milliseconds; 0: never. */
  lastRestart: number
}

const summaries = new WeakMap<object, Summary>()
/** Kept with the object, since three columns need it and stored objects never change. */
function summary(pod: Stored<Pod>): Summary {
  const known = summaries.get(pod)
  if (known) return known
  const made = summarize(pod)
  summaries.set(pod, made)
  return made
}

/** How far init containers have come decides first; then the last container with something to say. */
function summarize(pod: Stored<Pod>): Summary {
  const { spec, status, metadata } = pod
  const initContainers = spec.initContainers ?? []
  const sidecars = new Set(initContainers.filter(isSidecar).map((c) => c.name))
  const total = spec.containers.length + sidecars.size
  const init = initSummary(status.initContainerStatuses ?? [], sidecars, initContainers.length)
  const gated = status.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')
  let text = init.reason ?? (gated ? 'SchedulingGated' : status.reason || status.phase || unknownPhase)
  let { ready } = init
  let counted = init.all
  if (init.reason === undefined || isTrue(pod, 'Initialized')) {
    counted = init.sidecars
    let running = false
    for (const container of [...(status.containerStatuses ?? [])].reverse()) {
      counted = add(counted, container)
      const reason = stoppedReason(container)
      if (reason) text = reason
      else if (container.ready && container.state?.running) {
        running = true
        ready++
      }
    }
    if (text === 'Completed' && running) text = isTrue(pod, 'Ready') ? 'Running' : 'NotReady'
  }
  if (metadata.deletionTimestamp) {
    if (status.reason === 'NodeLost') text = 'Unknown'
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') text = 'Terminating'
  }
  return { status: text, ready, total, ...counted }
}

const unknownPhase = 'Unknown'

type Restarts = Pick<Summary, 'restarts' | 'lastRestart'>

function add({ restarts, lastRestart }: Restarts, container: ContainerStatus): Restarts {
  const finished = Date.parse(container.lastState?.terminated?.finishedAt ?? '')
  return { restarts: restarts + container.restartCount, lastRestart: Math.max(lastRestart, finished || 0) }
}

function initSummary(statuses: ContainerStatus[], sidecars: Set<string>, total: number) {
  let all: Restarts = { restarts: 0, lastRestart: 0 }
  let ofSidecars: Restarts = { restarts: 0, lastRestart: 0 }
  let ready = 0
  let reason: string | undefined
  for (const [i, container] of statuses.entries()) {
    const sidecar = sidecars.has(container.name)
    all = add(all, container)
    if (sidecar) ofSidecars = add(ofSidecars, container)
    const { terminated, waiting } = container.state ?? {}
    if (terminated?.exitCode === 0) continue
    if (sidecar && container.started) {
      if (container.ready) ready++
      continue
    }
    if (terminated || (waiting?.reason && waiting.reason !== 'PodInitializing'))
      reason = `Init:${stoppedReason(container)}`
    else reason = `Init:${i}/${total}`
    break
  }
  return { all, sidecars: ofSidecars, ready, reason }
}

function stoppedReason({ state }: ContainerStatus): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason
  const terminated = state?.terminated
  if (!terminated) return undefined
  if (terminated.reason) return terminated.reason
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`
}

const isTrue = (pod: Stored<Pod>, type: string) => isConditionTrue(pod.status.conditions, type)
