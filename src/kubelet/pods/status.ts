import { formatTime } from '../../api/clock.ts'
import type { ContainerStatus, PodStatus } from '../../api/core/v1/index.ts'
import { qosClass } from '../container/qos.ts'
import type { Failure } from '../failure.ts'
import {
  appContainersOf,
  ephemeralContainersOf,
  initContainersOf,
  isFinished,
  type KubePod,
  type PodContainer,
} from '../pod.ts'
import { type PodState, readySandbox, runningContainers } from '../runtime-state.ts'
import { podConditions } from './conditions.ts'
import { type ContainerFacts, containerStatus } from './container-status.ts'
import { podPhase } from './phase.ts'

/** Inputs of a pod's status besides the runtime's state. */
export interface StatusFacts extends ContainerFacts {
  now: number
  hostIp: string
  /** Set if the kubelet itself ended the pod: its phase is Failed in any case. */
  failed?: Failure
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
  const conditions = podConditions({ pod, phase, init, app, state, now: facts.now, failed: facts.failed })
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
 * The part of `status` that may be reported: no pod counts as finished before its last container has ended, sidecars too.
 * Others take what a finished pod held as free, and start another in its place.
 */
export function untilAllEnded(status: PodStatus, { status: before }: KubePod, state: PodState): PodStatus {
  const isEarly = isFinished(status.phase) && !isFinished(before.phase) && runningContainers(state).length > 0
  if (!isEarly) return status
  const { reason: _, message: __, ...rest } = status
  return { ...rest, phase: before.phase ?? 'Pending', ...reasonOf(before) }
}
