import { podResources } from '../../api/core/pod-resources.ts'
import type { Container } from '../../api/core/v1/index.ts'
import { parseQuantity } from '../../api/quantity.ts'
import type { LinuxResources } from '../../runtime/runtime.ts'
import type { CgroupLimits } from '../host/host.ts'
import type { KubePod } from '../pod.ts'
import { oomScoreAdjust } from './qos.ts'

/** The period of the CPU quota, in microseconds. */
const cpuPeriod = 100_000
const minShares = 2
const maxShares = 262_144
const minQuota = 1000

/** Thousandths of a CPU; 0 if absent. */
export const milliCpu = (amount: string | undefined): number => (amount ? parseQuantity(amount).toMilli() : 0)
export const byteCount = (amount: string | undefined): number => (amount ? parseQuantity(amount).toInteger() : 0)

export const cpuShares = (milli: number): number =>
  milli === 0 ? minShares : Math.min(Math.max(Math.floor((milli * 1024) / 1000), minShares), maxShares)
const cpuQuota = (milli: number): number => Math.max(Math.floor((milli * cpuPeriod) / 1000), minQuota)

/** The limits that the runtime sets for a container. */
export function containerResources(
  pod: KubePod,
  container: Container,
  machine: { memoryBytes: number; canLowerOomScore: boolean },
): LinuxResources {
  const { requests, limits } = container.resources ?? {}
  const limit = milliCpu(limits?.cpu)
  const memory = byteCount(limits?.memory)
  const oom = oomScoreAdjust(pod, container, machine.memoryBytes)
  return {
    cpuShares: cpuShares(milliCpu(requests?.cpu ?? limits?.cpu)),
    ...(limit > 0 && { cpuPeriod, cpuQuota: cpuQuota(limit) }),
    ...(memory > 0 && { memoryLimitInBytes: memory }),
    // Without CAP_SYS_RESOURCE the kernel refuses to protect a process, and the container would not start.
    oomScoreAdj: machine.canLowerOomScore ? oom : Math.max(oom, 0),
  }
}

/**
 * The limits of a pod's cgroup. A pod has a limit only if each of its containers, or the pod itself, has one.
 */
export function podLimits({ spec }: KubePod): CgroupLimits {
  const { requests, limits } = podResources(spec)
  const all = [...(spec.initContainers ?? []), ...spec.containers]
  const isLimited = (name: string) =>
    isSet(spec.resources?.limits?.[name]) || all.every(({ resources }) => isSet(resources?.limits?.[name]))
  const cpuLimit = isLimited('cpu') ? milliCpu(limits.cpu) : 0
  const memoryLimit = isLimited('memory') ? byteCount(limits.memory) : 0
  return {
    cpuShares: cpuShares(milliCpu(requests.cpu)),
    ...(cpuLimit > 0 && { cpuQuota: cpuQuota(cpuLimit) }),
    ...(memoryLimit > 0 && { memoryBytes: memoryLimit }),
  }
}

const isSet = (amount: string | undefined): boolean => amount !== undefined && parseQuantity(amount).sign > 0

/** A pod's requests by resource, overhead included. */
export const podRequests = ({ spec }: KubePod): Record<string, string> => podResources(spec).requests
