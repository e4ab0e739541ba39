/**
 * Everything of the machine that the kubelet touches besides the container runtime: files, mounts, cgroups, facts,
 * and the network for probes. `linuxHost` is the real one; `simulatedHost` has nothing behind it, which is how thousands
 * of simulated nodes fit in one process. Paths are absolute. Failures are errors with Node's texts.
 */
export interface Host {
  /** True where nothing is real: volumes are not written, cgroups not made. */
  readonly simulated: boolean
  readonly files: HostFiles
  readonly mounts: HostMounts
  readonly cgroups: HostCgroups
  readonly network: HostNetwork
  machine(): Promise<MachineInfo>
  /** What is left of the machine. `nodeDir` is where the kubelet keeps its things, `imageDir` where images are. */
  resources(nodeDir: string, imageDir: string): Promise<MachineResources>
  /** Whether a process of ours may be protected from the OOM killer (CAP_SYS_RESOURCE). */
  readonly canLowerOomScore: boolean
}

export interface HostFiles {
  /** With its parents. Mode applies to the last folder, when it is new. */
  makeFolder(path: string, mode?: number): Promise<void>
  /** Creates or replaces; mode and owner are set whatever the umask. */
  write(path: string, data: string | Uint8Array, options?: FileOptions): Promise<void>
  /** Undefined where there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /** At most `length` bytes from `offset`; fewer at the end. */
  readAt(path: string, offset: number, length: number): Promise<Uint8Array>
  /** Follows symbolic links; undefined where there is nothing. */
  stat(path: string): Promise<FileInfo | undefined>
  /** Names in a folder, sorted; empty where there is none. */
  list(path: string): Promise<string[]>
  symlink(target: string, path: string): Promise<void>
  readlink(path: string): Promise<string | undefined>
  rename(from: string, to: string): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  chown(path: string, uid: number, gid: number): Promise<void>
  /** Gives everything below to the group and lets it in, as `fsGroup` asks. */
  chownGroup(path: string, gid: number, options: { onRootMismatch: boolean; readonly: boolean }): Promise<void>
  /** With everything below it; nothing where there is none. Mounts must be gone before. */
  remove(path: string): Promise<void>
  /** Calls `changed` after something in a folder or file changed, until the returned function is called. */
  watch(path: string, changed: () => void): () => void
  /** Of the file system that holds `path`. */
  diskSpace(path: string): Promise<DiskSpace>
  /** Of everything below `path` on its file system; what is mounted there does not count. */
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
  /** Tells a rotated log file from its successor. */
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

/** Amounts that the kubelet decides by whether pods have to go ('Node-pressure Eviction'). */
export interface MachineResources {
  /** Bytes; what is available is the capacity less the working set, which is not what `free` says. */
  memory: { capacity: number; available: number }
  /** Processes and threads. */
  processes: { capacity: number; available: number }
  nodeFs: DiskSpace
  imageFs: DiskSpace
  /** Images have a file system of their own. */
  separateImageFs: boolean
}

export interface HostMounts {
  /** Nothing where `path` is a tmpfs already. */
  tmpfs(path: string, sizeBytes: number | undefined): Promise<void>
  /**
   * Binds `subPath` of the volume at `root` to `target`, following no link out of the volume, not even one that the
   * container swaps in meanwhile. A missing subPath is made a folder.
   */
  bindInside(root: string, subPath: string, target: string): Promise<void>
  /** Mount points below `path`, deepest first. */
  below(path: string): Promise<string[]>
  unmount(path: string): Promise<void>
}

export interface HostCgroups {
  readonly version: 1 | 2
  /** Makes the cgroup where it is missing and sets its limits. `path` is below the cgroup root: `/k8ts/burstable`. */
  ensure(path: string, limits?: CgroupLimits): Promise<void>
  /** Kills what is left inside and removes it with the cgroups below. */
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

/** What probes and hooks ask of the network. Each rejects after `timeoutMs`. */
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
