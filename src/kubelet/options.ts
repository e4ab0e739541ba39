import type { Taint } from '../api/core/v1/index.ts'
import type { Context } from '../controller/controller.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { EvictionOptions } from './eviction/thresholds.ts'
import type { Host } from './host/host.ts'
import type { ImageGcOptions } from './images/garbage.ts'
import type { PodSource } from './sources/pod-source.ts'
import type { PodObjects } from './sources/watched-objects.ts'

export interface KubeletOptions {
  ctx: Context
  runtime: Runtime
  host: Host
  nodeName: string
  /** Where pods' volumes, hosts files and the like are kept: `/var/lib/kubelet`. */
  rootDir: string
  /**
   * Where containers' logs go; default `<rootDir>/logs`. One folder a pod, laid out as upstream's /var/log/pods. It must be
   * this kubelet's alone: folders of pods that it does not know are removed.
   */
  logsDir?: string
  nodeIp: string
  hostname?: string
  clusterDns?: string[]
  clusterDomain?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  taints?: Taint[]
  maxPods?: number
  podCidr?: string
  providerId?: string
  /** Register the node with the API server; default true. */
  register?: boolean
  /** Kept back from pods: allocatable is capacity less this. `{ cpu: '100m', memory: '200Mi' }` */
  reserved?: Record<string, string>
  /** The cgroup that holds all pods: one a cluster. Default `/kubepods`. */
  cgroupRoot?: string
  server?: ServerOptions
  /** A folder with manifests of pods that run without the API server. */
  staticPodPath?: string
  /** Default 40: the node counts as lost that long after its last heartbeat. Renewed four times as often. */
  leaseSeconds?: number
  /** Report an unchanged node status this often. Default 5 min. */
  nodeStatusReportMs?: number
  /** How often the machine is looked at for the node's status. Default 10 s. */
  nodeStatusMs?: number
  /** How often the runtime is asked what it has. Default 1 s, and 5 min when it reports events. */
  relistMs?: number
  imageGc?: ImageGcOptions
  /** When pods have to go for the node's sake. Default: upstream's hard thresholds. */
  eviction?: EvictionOptions
  /** A log file is rotated at this size, and this many are kept. Default 10 MiB and 5. */
  logRotation?: { maxBytes: number; maxFiles: number }
  /** Sysctls beyond the safe ones that pods may set: `net.*`, `kernel.msg*`. */
  allowedUnsafeSysctls?: string[]
  /**
   * How many pods are refused in a second, at most; default: any number. Whoever has another one made in its place, to be
   * refused as well, has them made without end where time stands still.
   */
  refusalsPerSecond?: number
  /** Where pods come from; default: those bound to this node, by one watch. */
  pods?: PodSource
  /** Where config maps and secrets come from; default: a watch of each one that pods use. */
  objects?: (changed: (user: string) => void) => PodObjects
  /** What nodeInfo says; default `v1.36.0`. */
  version?: string
}

export interface ServerOptions {
  host: string
  /** Default 10250; 0: any free one. */
  port: number
  /** PEM. */
  tls: { key: string; cert: string }
  /** PEM of the authority whose client certificates may use the server. */
  clientCa: string
}

/** Options with their defaults filled in. */
export interface Settings extends KubeletOptions {
  logsDir: string
  clusterDns: string[]
  clusterDomain: string
  maxPods: number
  cgroupRoot: string
  hostname: string
}

export const settingsOf = (options: KubeletOptions): Settings => ({
  ...options,
  logsDir: options.logsDir ?? `${options.rootDir}/logs`,
  clusterDns: options.clusterDns ?? [],
  clusterDomain: options.clusterDomain ?? 'cluster.local',
  maxPods: options.maxPods ?? 110,
  cgroupRoot: options.cgroupRoot ?? '/kubepods',
  hostname: options.hostname ?? options.nodeName,
})
