/**
 * The parts of the machine that the kubelet uses besides the container runtime: files, mounts, cgroups, facts, and the
 * network for probes. `linuxHost` is the real one; `simulatedHost` stores nothing, so that thousands of simulated nodes fit
 * in one process. Paths are absolute. Failures are errors with Node's texts.
 */
export interface Host {
  /** True for a simulated machine: the kubelet writes no volumes and makes no cgroups. */
  readonly simulated: boolean
  readonly files: HostFiles
  readonly mounts: HostMounts
  readonly cgroups: HostCgroups
  readonly network: HostNetwork
  machine(): Promise<MachineInfo>
  /** The machine's available resources. `nodeDir` holds the kubelet's files, `imageDir` the images. */
  resources(nodeDir: string, imageDir: string): Promise<MachineResources>
  /** Whether we may protect a process from the OOM killer (CAP_SYS_RESOURCE). */
  readonly canLowerOomScore: boolean
}

export interface HostFiles {
  /** Makes parents, too. The mode applies to the last folder, if it is new. */
  makeFolder(path: string, mode?: number): Promise<void>
  /** Creates or replaces; mode and owner are set whatever the umask. */
  write(path: string, data: string | Uint8Array, options?: FileOptions): Promise<void>
  /** Undefined if there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /** At most `length` bytes from `offset`; fewer at the end. */
  readAt(path: string, offset: number, length: number): Promise<Uint8Array>
  /** Follows symbolic links; undefined if nothing exists there. */
  stat(path: string): Promise<FileInfo | undefined>
  /** Names in a folder, sorted; empty for a missing folder. */
  list(path: string): Promise<string[]>
  symlink(target: string, path: string): Promise<void>
  readlink(path: string): Promise<string | undefined>
  rename(from: string, to: string): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  chown(path: string, uid: number, gid: number): Promise<void>
  /** Gives everything below to the group, with access, as `fsGroup` asks. */
  chownGroup(path: string, gid: number, options: { onRootMismatch: boolean; readonly: boolean }): Promise<void>
  /** Removes everything below, too; ignores a missing path. Unmount before. */
  remove(path: string): Promise<void>
  /** Calls `changed` after something in a folder or file changed, until the returned function is called. */
  watch(path: string, changed: () => void): () => void
  /** Capacity of the file system that holds `path`. */
  diskSpace(path: string): Promise<DiskSpace>
  /** Usage of everything below `path` on its file system, without other mounts. */
  diskUsage(path: string): Promise<DiskUsage>
}

export interface FileOptions {
  mode?: number
  uid?: number
  gid?: number
}

export interface FileInfo {
  type: 'file' | 'folder' | 'socket' | 'char' | 'block' | 'other'
  size: number
  mode: number
  /** Distinguishes a rotated log file from its successor. */
  inode: number
  modifiedMs: number
}

export interface DiskSpace {
  capacityBytes: number
  availableBytes: number
  inodes: number
  inodesFree: number
}

export interface DiskUsage {
  bytes: number
  inodes: number
}

/** The amounts on which evictions depend ('Node-pressure Eviction'). */
export interface MachineResources {
  /** Bytes; available is the capacity less the working set, which differs from `free`. */
  memory: { capacity: number; available: number }
  /** Processes and threads. */
  processes: { capacity: number; available: number }
  nodeFs: DiskSpace
  imageFs: DiskSpace
  /** Images have a file system of their own. */
  separateImageFs: boolean
}

export interface HostMounts {
  /** Does nothing if `path` is a tmpfs already. */
  tmpfs(path: string, sizeBytes: number | undefined): Promise<void>
  /**
   * Binds `subPath` of the volume at `root` to `target`. Follows no link out of the volume, not even one that the container
   * swaps in meanwhile. Creates a missing subPath as a folder.
   */
  bindInside(root: string, subPath: string, target: string): Promise<void>
  /** Mount points below `path`, deepest first. */
  below(path: string): Promise<string[]>
  unmount(path: string): Promise<void>
}

export interface HostCgroups {
  readonly version: 1 | 2
  /** Makes a missing cgroup and sets its limits. `path` is below the cgroup root: `/k8ts/burstable`. */
  ensure(path: string, limits?: CgroupLimits): Promise<void>
  /** Kills the processes inside and removes the cgroup with its children. */
  remove(path: string): Promise<void>
  /** Names of the child cgroups. */
  children(path: string): Promise<string[]>
  /** `''`: of the whole machine. */
  usage(path: string): Promise<CgroupUsage>
}

export interface CgroupLimits {
  cpuShares?: number
  /** Microseconds of CPU in each 100 ms; absent: no limit. */
  cpuQuota?: number
  memoryBytes?: number
  pids?: number
}

export interface CgroupUsage {
  cpuNanoseconds: number
  memoryUsageBytes: number
  memoryWorkingSetBytes: number
  memoryRssBytes: number
  /** Processes and threads inside. */
  processes: number
}

/** The network for probes and hooks. Each call rejects after `timeoutMs`. */
export interface HostNetwork {
  http(request: HttpRequest): Promise<{ status: number; body: string }>
  /** Resolves when a connection was accepted. */
  tcp(host: string, port: number, timeoutMs: number): Promise<void>
  /** Asks the gRPC health service; resolves with its answer, e.g. `SERVING`. */
  grpcHealth(host: string, port: number, service: string, timeoutMs: number): Promise<string>
}

export interface HttpRequest {
  url: string
  headers: { name: string; value: string }[]
  timeoutMs: number
}

export interface MachineInfo {
  hostname: string
  cpus: number
  memoryBytes: number
  /** GOARCH: `amd64`, `arm64`. */
  architecture: string
  kernelVersion: string
  osImage: string
  machineId: string
  systemUuid: string
  bootId: string
}
