import { byteCount, cpuShares, milliCpu } from '../container/resources.ts'
import type { Host, MachineInfo } from '../host/host.ts'
import type { Settings } from '../settings.ts'

/**
 * Holds all pods together to what the node does not keep back (upstream's `--enforce-node-allocatable=pods`): memory is a
 * limit, CPU a weight. What is left free before pods have to go is part of it, so that evictions come before the kernel's.
 */
export async function enforceAllocatable(
  { cgroupRoot, reserved = {} }: Settings,
  machine: MachineInfo,
  { cgroups }: Pick<Host, 'cgroups'>,
): Promise<void> {
  await cgroups.ensure(cgroupRoot, {
    cpuShares: cpuShares(Math.max(0, machine.cpus * 1000 - milliCpu(reserved.cpu))),
    memoryBytes: Math.max(0, machine.memoryBytes - byteCount(reserved.memory)),
  })
}
