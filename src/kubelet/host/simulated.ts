import type { Host, MachineInfo } from './host.ts'

const nothing = async (): Promise<void> => {}
const none = (): never => {
  throw new Error('a simulated node has no network')
}

/** A machine with nothing behind it: writes vanish, reads find nothing. Costs a few objects a process, not a node. */
export function simulatedHost(machine: Partial<MachineInfo> = {}): Host {
  const info: MachineInfo = {
    hostname: 'simulated',
    cpus: 32,
    memoryBytes: 256 * 2 ** 30,
    architecture: 'amd64',
    kernelVersion: 'simulated',
    osImage: 'k8ts simulated node',
    machineId: '',
    systemUuid: '',
    bootId: '',
    ...machine,
  }
  return {
    simulated: true,
    canLowerOomScore: true,
    machine: async () => info,
    memoryAvailable: async () => info.memoryBytes,
    files: {
      makeFolder: nothing,
      write: nothing,
      read: async () => undefined,
      readAt: async () => new Uint8Array(),
      stat: async () => undefined,
      list: async () => [],
      symlink: nothing,
      readlink: async () => undefined,
      rename: nothing,
      chmod: nothing,
      chown: nothing,
      chownGroup: nothing,
      remove: nothing,
      watch: () => () => {},
      diskSpace: async () => ({
        capacityBytes: 2 ** 40,
        availableBytes: 2 ** 40,
        inodes: 2 ** 26,
        inodesFree: 2 ** 26,
      }),
      diskUsage: async () => 0,
    },
    mounts: { tmpfs: nothing, bindInside: nothing, below: async () => [], unmount: nothing },
    cgroups: {
      version: 2,
      ensure: nothing,
      remove: nothing,
      children: async () => [],
      usage: async () => ({ cpuNanoseconds: 0, memoryUsageBytes: 0, memoryWorkingSetBytes: 0, memoryRssBytes: 0 }),
    },
    network: { http: async () => none(), tcp: async () => none(), grpcHealth: async () => none() },
  }
}
