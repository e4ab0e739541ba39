import type { Message } from '../../grpc/schema.ts'
import {
  type Container,
  type ContainerState,
  type ContainerStats,
  type ContainerStatus,
  type Image,
  type PodSandbox,
  type PodSandboxStatus,
  type RuntimeCondition,
  RuntimeError,
} from '../runtime.ts'
import type { criSchema } from './schema.ts'

type Cri = typeof criSchema
type Wrapped = { value: number } | null

/** Nanoseconds since 1970 to whole milliseconds since 1970. */
export const milliseconds = (nanoseconds: number): number => Math.floor(nanoseconds / 1e6)

/** A member that CRI requires: its absence is the runtime's fault. */
export function present<T>(value: T | null, what: string): T {
  if (value === null) throw new RuntimeError('Unknown', `the container runtime's answer has no ${what}`)
  return value
}

export const condition = (status: Message<Cri, 'RuntimeStatus'>, type: string): RuntimeCondition => {
  const found = status.conditions.find((c) => c.type === type)
  if (!found) return { status: false, reason: `${type}Unknown`, message: `the runtime does not report ${type}` }
  return { status: found.status, reason: found.reason, message: found.message }
}

export function sandboxOf(sandbox: Message<Cri, 'PodSandbox'>): PodSandbox {
  const { id, labels, annotations } = sandbox
  return {
    id,
    metadata: present(sandbox.metadata, 'sandbox metadata'),
    state: sandbox.state === 'SANDBOX_READY' ? 'READY' : 'NOTREADY',
    createdAt: milliseconds(sandbox.createdAt),
    labels,
    annotations,
  }
}

export const sandboxStatusOf = (status: Message<Cri, 'PodSandboxStatus'>): PodSandboxStatus => ({
  ...sandboxOf(status),
  ips: status.network?.ip ? [status.network.ip, ...status.network.additionalIps.map((more) => more.ip)] : [],
})

export function containerOf(container: Message<Cri, 'Container'>): Container {
  const { id, podSandboxId, imageRef, labels, annotations } = container
  return {
    id,
    podSandboxId,
    metadata: present(container.metadata, 'container metadata'),
    image: container.image?.image ?? '',
    imageRef,
    state: stateOf(container.state),
    createdAt: milliseconds(container.createdAt),
    labels,
    annotations,
  }
}

export function containerStatusOf(status: Message<Cri, 'ContainerStatus'>): ContainerStatus {
  const { id, exitCode, imageRef, reason, message, labels, annotations, logPath } = status
  return {
    id,
    metadata: present(status.metadata, 'container metadata'),
    state: stateOf(status.state),
    createdAt: milliseconds(status.createdAt),
    startedAt: milliseconds(status.startedAt),
    finishedAt: milliseconds(status.finishedAt),
    exitCode,
    image: status.image?.image ?? '',
    imageRef,
    reason,
    message,
    labels,
    annotations,
    mounts: status.mounts.map((mount) => ({ ...mount, propagation: propagations[mount.propagation] })),
    logPath,
  }
}

export function statsOf({ attributes, cpu, memory, writableLayer }: Message<Cri, 'ContainerStats'>): ContainerStats {
  return {
    id: attributes?.id ?? '',
    timestamp: milliseconds(Math.max(cpu?.timestamp ?? 0, memory?.timestamp ?? 0)),
    cpuUsageCoreNanoSeconds: unwrapped(cpu?.usageCoreNanoSeconds),
    memoryWorkingSetBytes: unwrapped(memory?.workingSetBytes),
    memoryUsageBytes: unwrapped(memory?.usageBytes),
    memoryRssBytes: unwrapped(memory?.rssBytes),
    fsUsedBytes: unwrapped(writableLayer?.usedBytes),
    fsInodesUsed: unwrapped(writableLayer?.inodesUsed),
  }
}

export const imageOf = ({ id, repoTags, repoDigests, size, uid, username }: Message<Cri, 'Image'>): Image => ({
  id,
  repoTags,
  repoDigests,
  sizeBytes: size,
  ...(uid && { uid: uid.value }),
  username,
})

export const unwrapped = (wrapped: Wrapped | undefined): number => wrapped?.value ?? 0

const stateOf = (state: Message<Cri, 'Container'>['state']) => state.slice('CONTAINER_'.length) as ContainerState
const propagations = {
  PROPAGATION_PRIVATE: 'PRIVATE',
  PROPAGATION_HOST_TO_CONTAINER: 'HOST_TO_CONTAINER',
  PROPAGATION_BIDIRECTIONAL: 'BIDIRECTIONAL',
} as const
