import type { Taint } from '../api/core/v1/index.ts'

/** A node's name, paths, and reporting intervals. */
export interface NodeOptions {
  nodeName: string
  /** Folder of pods' volumes, hosts files and so on: `/var/lib/kubelet`. */
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
  /** Reserved for the system: allocatable is capacity less this. `{ cpu: '100m', memory: '200Mi' }` */
  reserved?: Record<string, string>
  /** The cgroup that holds all pods: one a cluster. Default `/kubepods`. */
  cgroupRoot?: string
  /** Default 40: the node counts as lost this long after its last heartbeat. The kubelet renews it four times as often. */
  leaseSeconds?: number
  /** Report an unchanged node status this often. Default 5 min. */
  nodeStatusReportMs?: number
  /** Interval of checks of the machine for the node's status. Default 10 s. */
  nodeStatusMs?: number
  /** Version in nodeInfo; default `v1.36.0`. */
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

/** Options with their defaults. */
export interface Settings extends NodeOptions {
  logsDir: string
  clusterDns: string[]
  clusterDomain: string
  maxPods: number
  cgroupRoot: string
  hostname: string
}

export const settingsOf = <Options extends NodeOptions>(options: Options): Options & Settings => ({
  ...options,
  logsDir: options.logsDir ?? `${options.rootDir}/logs`,
  clusterDns: options.clusterDns ?? [],
  clusterDomain: options.clusterDomain ?? 'cluster.local',
  maxPods: options.maxPods ?? 110,
  cgroupRoot: options.cgroupRoot ?? '/kubepods',
  hostname: options.hostname ?? options.nodeName,
})
