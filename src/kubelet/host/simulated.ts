import type { Host, MachineInfo } from './host.ts'

const nothing = async (): Promise<void> => {}
const none = (): never => {
  throw new Error('a simulated node has no network')
}

/** What a simulated runtime keeps of a container's log. */
export interface LogFile {
  readonly size: number
  read(offset: number, length: number): Uint8Array
  watch(changed: () => void): () => void
}

/**
 * A machine with nothing behind it: writes vanish, reads find nothing but logs (`logFile` tells which there are). Costs a
 * few objects a node.
 */
export function simulatedHost(
  machine: Partial<MachineInfo> = {},
  logFile: (path: string) => LogFile | undefined = () => undefined,
): Host {
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
      readAt: async (path, offset, length) => logFile(path)?.read(offset, length) ?? new Uint8Array(),
      stat: async (path) => {
        const log = logFile(path)
        return log && { type: 'file', size: log.size, mode: 0o640, inode: 1, modifiedMs: 0 }
      },
      list: async () => [],
      symlink: nothing,
      readlink: async () => undefined,
      rename: nothing,
      chmod: nothing,
      chown: nothing,
      chownGroup: nothing,
      remove: nothing,
      watch: (path, changed) => logFile(path)?.watch(changed) ?? (() => {}),
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
