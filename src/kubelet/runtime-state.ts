import type { ContainerStatus, PodSandboxStatus } from '../runtime/runtime.ts'
import type { KubePod } from './pod.ts'

/** The runtime's state of one pod, newest first. The kubelet decides by this alone, so that it can die at any time. */
export interface PodState {
  sandboxes: PodSandboxStatus[]
  containers: Run[]
}

/** One run of a container: each restart makes a new one. */
export interface Run extends ContainerStatus {
  podSandboxId: string
}

export const emptyState: PodState = { sandboxes: [], containers: [] }

export const readySandbox = (state: PodState): PodSandboxStatus | undefined =>
  state.sandboxes.find((s) => s.state === 'READY')

/** The newest container of that name. */
export const newest = (state: PodState, name: string): Run | undefined =>
  state.containers.find((c) => c.metadata.name === name)

export const runningContainers = (state: PodState): Run[] => state.containers.filter((c) => c.state === 'RUNNING')

/** The order of `PodState`: by attempt, then by time. */
export const newestFirst = (
  a: { createdAt: number; metadata: { attempt: number } },
  b: { createdAt: number; metadata: { attempt: number } },
): number => b.createdAt - a.createdAt || b.metadata.attempt - a.metadata.attempt

/** A pod's addresses; those of a dead sandbox were the pod's last. */
export const podIpsOf = (pod: KubePod, state: PodState, nodeIp: string): string[] =>
  pod.spec.hostNetwork ? [nodeIp] : ((readySandbox(state) ?? state.sandboxes[0])?.ips ?? [])
