import type { Host, MachineInfo } from './host.ts'

const nothing = async (): Promise<void> => {}
const none = (): never => {
  throw new Error('a simulated node has no network')
}

const disk = { capacityBytes: 2 ** 40, availableBytes: 2 ** 40, inodes: 2 ** 26, inodesFree: 2 ** 26 }
const noUsage = { cpuNanoseconds: 0, memoryUsageBytes: 0, memoryWorkingSetBytes: 0, memoryRssBytes: 0, processes: 0 }

/** What a simulated machine knows of its containers. */
export interface SimulatedContents {
  /** A container's log. */
  logFile(path: string): LogFile | undefined
  /** Memory of all running containers. Bytes. */
  memoryInUse(): number
}

const nothingOnIt: SimulatedContents = { logFile: () => undefined, memoryInUse: () => 0 }

/** A container's log in a simulated runtime. */
export interface LogFile {
  readonly size: number
  read(offset: number, length: number): Uint8Array
  watch(changed: () => void): () => void
}

/**
 * A machine without storage: it drops writes, and reads find only the logs of its runtime. Only the runtime's containers use
 * memory. Costs a few objects per node.
 */
export function simulatedHost(
  machine: Partial<MachineInfo> = {},
  { logFile, memoryInUse }: SimulatedContents = nothingOnIt,
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
    resources: async () => ({
      memory: { capacity: info.memoryBytes, available: Math.max(0, info.memoryBytes - memoryInUse()) },
      processes: { capacity: 2 ** 22, available: 2 ** 22 },
      nodeFs: disk,
      imageFs: disk,
      separateImageFs: false,
    }),
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
      diskSpace: async () => disk,
      diskUsage: async () => ({ bytes: 0, inodes: 0 }),
    },
    mounts: { tmpfs: nothing, bindInside: nothing, below: async () => [], unmount: nothing },
    cgroups: {
      version: 2,
      ensure: nothing,
      remove: nothing,
      children: async () => [],
      usage: async () => noUsage,
    },
    network: { http: async () => none(), tcp: async () => none(), grpcHealth: async () => none() },
  }
}
