import type { Container, ResourceRequirements } from '../../api/core/v1/index.ts'
import { parseQuantity } from '../../api/quantity.ts'
import type { LinuxResources } from '../../runtime/runtime.ts'
import type { CgroupLimits } from '../host/host.ts'
import type { KubePod } from '../pod.ts'
import { oomScoreAdjust } from './qos.ts'

/** The period of the CPU quota, in microseconds. */
export const cpuPeriod = 100_000
const minShares = 2
const maxShares = 262_144
const minQuota = 1000

/** Thousandths of a CPU; 0 where nothing is said. */
export const milliCpu = (amount: string | undefined): number => (amount ? parseQuantity(amount).toMilli() : 0)
export const byteCount = (amount: string | undefined): number => (amount ? parseQuantity(amount).toInteger() : 0)

export const cpuShares = (milli: number): number =>
  milli === 0 ? minShares : Math.min(Math.max(Math.floor((milli * 1024) / 1000), minShares), maxShares)
const cpuQuota = (milli: number): number => Math.max(Math.floor((milli * cpuPeriod) / 1000), minQuota)

/** What the runtime is told to hold a container to. */
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

/** The limits of the cgroup that holds all of a pod. */
export function podLimits(pod: KubePod): CgroupLimits {
  const { containers, initContainers = [], resources, overhead } = pod.spec
  const sidecars = initContainers.filter((c) => c.restartPolicy === 'Always')
  const lasting = [...sidecars, ...containers]
  const milli = podRequest(pod, 'cpu', milliCpu) + milliCpu(overhead?.cpu)
  const limit = (r: 'cpu' | 'memory', amount: (text: string | undefined) => number): number => {
    const own = amount(resources?.limits?.[r])
    if (own > 0) return own
    if (!lasting.every((c) => c.resources?.limits?.[r])) return 0
    const sum = lasting.reduce((total, c) => total + amount(c.resources?.limits?.[r]), 0)
    return Math.max(sum, ...initContainers.map((c) => amount(c.resources?.limits?.[r]))) + amount(overhead?.[r])
  }
  const cpuLimit = limit('cpu', milliCpu)
  const memoryLimit = limit('memory', byteCount)
  return {
    cpuShares: cpuShares(milli),
    ...(cpuLimit > 0 && { cpuQuota: cpuQuota(cpuLimit) }),
    ...(memoryLimit > 0 && { memoryBytes: memoryLimit }),
  }
}

/** What a pod asks of a resource: the sum of its lasting containers, or the greatest need while it initializes. */
export function podRequest(pod: KubePod, resource: string, amount: (text: string | undefined) => number): number {
  const asked = (r: ResourceRequirements | undefined) => amount(r?.requests?.[resource] ?? r?.limits?.[resource])
  if (pod.spec.resources?.requests?.[resource]) return amount(pod.spec.resources.requests[resource])
  let sidecars = 0
  let peak = 0
  for (const c of pod.spec.initContainers ?? []) {
    if (c.restartPolicy === 'Always') sidecars += asked(c.resources)
    peak = Math.max(peak, sidecars + (c.restartPolicy === 'Always' ? 0 : asked(c.resources)))
  }
  const lasting = sidecars + pod.spec.containers.reduce((sum, c) => sum + asked(c.resources), 0)
  return Math.max(lasting, peak)
}
