/**
 * The interface between the kubelet and container runtimes: CRI v1 as TypeScript types. containerd/CRI-O over gRPC and
 * a simulated runtime implement it. Names and meaning are CRI's; times are milliseconds since 1970 (0: not yet),
 * failures are `RuntimeError`s.
 */
export interface Runtime {
  version(): Promise<{ runtimeName: string; runtimeVersion: string; runtimeApiVersion: string }>
  /** Empty reason and message where a condition is true. */
  status(): Promise<{ runtimeReady: RuntimeCondition; networkReady: RuntimeCondition }>

  runPodSandbox(config: PodSandboxConfig): Promise<string>
  /** Idempotent. Kills its containers and releases its network. */
  stopPodSandbox(id: string): Promise<void>
  removePodSandbox(id: string): Promise<void>
  podSandboxStatus(id: string): Promise<PodSandboxStatus>
  listPodSandbox(filter?: { id?: string; labels?: Record<string, string> }): Promise<PodSandbox[]>

  createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string>
  startContainer(id: string): Promise<void>
  /** SIGTERM (or the image's signal), then SIGKILL after `timeoutSeconds`. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>
  removeContainer(id: string): Promise<void>
  listContainers(filter?: { podSandboxId?: string; labels?: Record<string, string> }): Promise<Container[]>
  containerStatus(id: string): Promise<ContainerStatus>
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>
  /** Opens the log file anew, after the kubelet has moved it away. */
  reopenContainerLog(id: string): Promise<void>
  containerStats(id: string): Promise<ContainerStats>

  /** Runs a command to its end. A non-zero exit code is a result, not an error; running out of time is an error. */
  execSync(id: string, command: string[], timeoutSeconds: number): Promise<ExecResult>
  /** The URL of the streaming server (SPDY/3.1) that serves this one request. */
  exec(id: string, command: string[], streams: StreamOptions): Promise<string>
  /**
   * Replaces `exec` where the runtime simulates commands: how a container answers one, given all of its standard input.
   * Undefined: it answers none.
   */
  answering?(id: string): ((command: string[], stdin: string) => Promise<ExecResult>) | undefined
  attach(id: string, streams: StreamOptions): Promise<string>
  portForward(sandboxId: string): Promise<string>

  listImages(): Promise<Image[]>
  /** Undefined: not present. */
  imageStatus(image: string): Promise<Image | undefined>
  /** Resolves with the reference to use in ContainerConfig.image. */
  pullImage(image: string, auth?: ImageAuth, sandbox?: PodSandboxConfig): Promise<string>
  removeImage(image: string): Promise<void>
  imageFsInfo(): Promise<{ mountpoint: string; usedBytes: number; inodesUsed: number }>

  /**
   * Calls `changed` when a container or sandbox has started, stopped or gone. A runtime that cannot tell (containerd
   * before 1.7) never calls it, says so with `eventsSupported`, and the kubelet lists.
   */
  readonly eventsSupported: boolean
  onEvent(changed: (event: ContainerEvent) => void): () => void
  close(): Promise<void>
}

export interface RuntimeCondition {
  status: boolean
  reason: string
  message: string
}

export interface PodSandboxConfig {
  metadata: { name: string; uid: string; namespace: string; attempt: number }
  hostname: string
  /** Where the containers' log files go; their `logPath` is relative to it. */
  logDirectory: string
  dns?: { servers: string[]; searches: string[]; options: string[] }
  portMappings: { protocol: 'TCP' | 'UDP' | 'SCTP'; containerPort: number; hostPort: number; hostIp: string }[]
  labels: Record<string, string>
  annotations: Record<string, string>
  linux: {
    cgroupParent: string
    securityContext: SandboxSecurityContext
    sysctls: Record<string, string>
    resources?: LinuxResources
  }
  /** RuntimeClass handler; empty: the default. */
  runtimeHandler?: string
}

/** POD: shared by the pod; NODE: the host's; CONTAINER: one of its own; TARGET: that of `targetId`. */
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET'

export interface NamespaceOptions {
  network: NamespaceMode
  pid: NamespaceMode
  ipc: NamespaceMode
  targetId?: string
}

export interface SELinuxOptions {
  user?: string
  role?: string
  type?: string
  level?: string
}

export interface SecurityProfile {
  profileType: 'RuntimeDefault' | 'Unconfined' | 'Localhost'
  localhostRef?: string
}

export interface SandboxSecurityContext {
  namespaceOptions: NamespaceOptions
  runAsUser?: number
  runAsGroup?: number
  supplementalGroups: number[]
  privileged: boolean
  readonlyRootfs: boolean
  seLinuxOptions?: SELinuxOptions
  seccomp?: SecurityProfile
}

export interface ContainerConfig {
  metadata: { name: string; attempt: number }
  /** What `imageStatus` or `pullImage` answered. */
  image: string
  command: string[]
  args: string[]
  workingDir: string
  env: { key: string; value: string }[]
  mounts: Mount[]
  devices: { containerPath: string; hostPath: string; permissions: string }[]
  labels: Record<string, string>
  annotations: Record<string, string>
  /** Relative to the sandbox's logDirectory. */
  logPath: string
  stdin: boolean
  stdinOnce: boolean
  tty: boolean
  linux: { resources: LinuxResources; securityContext: ContainerSecurityContext }
}

export interface Mount {
  containerPath: string
  hostPath: string
  readonly: boolean
  selinuxRelabel: boolean
  propagation: 'PRIVATE' | 'HOST_TO_CONTAINER' | 'BIDIRECTIONAL'
}

/** Zero or absent: not set. */
export interface LinuxResources {
  cpuPeriod?: number
  cpuQuota?: number
  cpuShares?: number
  memoryLimitInBytes?: number
  oomScoreAdj?: number
  cpusetCpus?: string
  cpusetMems?: string
}

export interface ContainerSecurityContext {
  capabilities?: { add: string[]; drop: string[] }
  privileged: boolean
  namespaceOptions: NamespaceOptions
  seLinuxOptions?: SELinuxOptions
  runAsUser?: number
  runAsGroup?: number
  runAsUsername?: string
  readonlyRootfs: boolean
  supplementalGroups: number[]
  noNewPrivs: boolean
  maskedPaths: string[]
  readonlyPaths: string[]
  seccomp?: SecurityProfile
}

export interface PodSandbox {
  id: string
  metadata: { name: string; uid: string; namespace: string; attempt: number }
  state: 'READY' | 'NOTREADY'
  createdAt: number
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface PodSandboxStatus extends PodSandbox {
  /** The first is the pod's IP; empty for host network. */
  ips: string[]
}

export type ContainerState = 'CREATED' | 'RUNNING' | 'EXITED' | 'UNKNOWN'

export interface Container {
  id: string
  podSandboxId: string
  metadata: { name: string; attempt: number }
  image: string
  imageRef: string
  state: ContainerState
  createdAt: number
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface ContainerStatus {
  id: string
  metadata: { name: string; attempt: number }
  state: ContainerState
  createdAt: number
  startedAt: number
  finishedAt: number
  exitCode: number
  /** The name the user asked for. */
  image: string
  /** With its digest. */
  imageRef: string
  /** `Completed`, `Error`, `OOMKilled`, ... */
  reason: string
  message: string
  labels: Record<string, string>
  annotations: Record<string, string>
  mounts: Mount[]
  /** Absolute. */
  logPath: string
}

export interface ContainerStats {
  id: string
  timestamp: number
  cpuUsageCoreNanoSeconds: number
  memoryWorkingSetBytes: number
  memoryUsageBytes: number
  memoryRssBytes: number
  fsUsedBytes: number
  fsInodesUsed: number
}

export interface ExecResult {
  stdout: string
  stderr: string
  exitCode: number
}

export interface StreamOptions {
  tty: boolean
  stdin: boolean
  stdout: boolean
  stderr: boolean
}

export interface Image {
  id: string
  repoTags: string[]
  repoDigests: string[]
  sizeBytes: number
  /** The numeric user the image runs as, where it names one. */
  uid?: number
  username: string
}

export interface ImageAuth {
  username?: string
  password?: string
  auth?: string
  serverAddress?: string
  identityToken?: string
  registryToken?: string
}

export interface ContainerEvent {
  type: 'CREATED' | 'STARTED' | 'STOPPED' | 'DELETED'
  containerId: string
  podUid: string
}

/** A failure that the runtime reported; `code` is gRPC's. */
export class RuntimeError extends Error {
  readonly code: 'NotFound' | 'AlreadyExists' | 'DeadlineExceeded' | 'Unavailable' | 'Unimplemented' | 'Unknown'
  constructor(code: RuntimeError['code'], message: string) {
    super(message)
    this.name = 'RuntimeError'
    this.code = code
  }
}
