import { Quantity } from '../../api/quantity.ts'
import { byteCount, podRequests } from '../container/resources.ts'
import { findContainer, isMirrorPod, isStaticPod, type KubePod } from '../pod.ts'
import { type Observation, type Signal, signals } from './signals.ts'
import { amountOf, type Threshold } from './thresholds.ts'
import { type ContainerUsage, diskUsageOf, type FileSystems, type PodUsage, sumOf } from './usage.ts'

/** A candidate for eviction. Without `usage`, its usage is unknown. */
export interface Candidate {
  pod: KubePod
  usage: PodUsage | undefined
}

/** Priorities from here on belong to the system. */
const systemCritical = 2_000_000_000

/** Never evicted under node pressure, and admitted under any pressure. */
export const isCritical = (pod: KubePod): boolean =>
  isStaticPod(pod) || isMirrorPod(pod) || (pod.spec.priority ?? 0) >= systemCritical

/**
 * The order of evictions: pods that use more than they requested, then lower priority, then the largest usage beyond the
 * request. Pods request no inodes and no processes; for the latter only priority and number count. Pods of unknown usage go
 * first of all.
 */
export function ranked<C extends Candidate>(candidates: readonly C[], signal: Signal, separateImageFs: boolean): C[] {
  const taken = (usage: PodUsage): number => takenOf(usage, signal, fileSystemsOf(signal, separateImageFs))
  const keys = candidates.map((candidate): { candidate: C; key: number[] } => {
    const { pod, usage } = candidate
    const priority = pod.spec.priority ?? 0
    if (!usage) return { candidate, key: [0, 0, priority, 0] }
    const { resource } = signals[signal]
    const beyond =
      taken(usage) - (resource === 'pids' || resource === 'inodes' ? 0 : byteCount(podRequests(pod)[resource]))
    const withinRequest = resource !== 'pids' && beyond <= 0 ? 1 : 0
    return { candidate, key: [1, withinRequest, priority, -beyond] }
  })
  return keys.sort((a, b) => compare(a.key, b.key)).map(({ candidate }) => candidate)
}

function compare(a: number[], b: number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

const fileSystemsOf = (signal: Signal, separate: boolean): FileSystems =>
  !separate ? 'both' : signal.startsWith('imagefs') ? 'image' : 'node'

function takenOf(usage: PodUsage, signal: Signal, which: FileSystems): number {
  const { resource } = signals[signal]
  if (resource === 'memory') return usage.containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)
  if (resource === 'pids') return usage.processes
  const disk = diskUsageOf(usage, which)
  return resource === 'inodes' ? disk.inodes : disk.bytes
}

/** The message of an evicted pod's status, in upstream's form, since users search for it. */
export function evictionMessage({ pod, usage }: Candidate, { signal, value }: Threshold, seen: Observation): string {
  const { resource, inBytes } = signals[signal]
  const written = (amount: number) => Quantity.of(Math.floor(amount), inBytes ? 'BinarySI' : 'DecimalSI').toString()
  const parts = [
    `The node was low on resource: ${resource}.`,
    `Threshold quantity: ${written(amountOf(value, seen.capacity))}, available: ${written(seen.available)}.`,
  ]
  if (resource === 'memory' || resource === 'ephemeral-storage')
    for (const container of usage?.containers ?? []) {
      const { requests, limits } = findContainer(pod, container.name)?.spec.resources ?? {}
      const request = requests?.[resource] ?? limits?.[resource] ?? '0'
      const used = containerUse(container, resource)
      if (used > byteCount(request))
        parts.push(
          `Container ${container.name} was using ${written(used)}, request is ${request}, has larger consumption of ${resource}.`,
        )
    }
  return parts.map((part) => `${part} `).join('')
}

const containerUse = ({ memoryBytes, written, logs }: ContainerUsage, resource: 'memory' | 'ephemeral-storage') =>
  resource === 'memory' ? memoryBytes : sumOf([written, logs]).bytes
