import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Taint } from '../../api/core/v1/index.ts'
import { parseQuantity } from '../../api/quantity.ts'
import { untilSignal } from '../../cluster/processes/component.ts'
import { connected, selfSigned } from '../../cluster/processes/standalone.ts'
import { primaryAddress } from '../../cluster/settings/machine.ts'
import { UserError } from '../../cluster/user-error.ts'
import { linuxHost } from '../../kubelet/host/linux.ts'
import { startKubelet } from '../../kubelet/kubelet.ts'
import type { ServerOptions } from '../../kubelet/settings.ts'
import { connectRuntime } from '../../runtime/cri/cri.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import {
  amount,
  amounts,
  cidr,
  duration,
  exitCodes,
  fileOf,
  ipv4,
  isVerbose,
  list,
  nodeNameOf,
  pairOf,
  pairs,
  port,
  taints,
  truth,
  type Verbosity,
  wholeNumber,
  withKubeconfig,
  withVerbosity,
} from '../flags.ts'
import { type EvictionFlags, evictionOf, withEviction } from './eviction-flags.ts'

interface Flags extends Verbosity, EvictionFlags {
  kubeconfig?: string
  containerRuntimeEndpoint: string
  clusterDns?: string[]
  clusterDomain: string
  registerNode: boolean
  nodeIp?: string
  hostnameOverride?: string
  rootDir: string
  podLogsDir?: string
  podManifestPath?: string
  nodeLabels?: Record<string, string>
  registerWithTaints?: Taint[]
  maxPods: number
  podCidr?: string
  providerId?: string
  cgroupRoot: string
  kubeReserved?: Record<string, string>
  systemReserved?: Record<string, string>
  containerLogMaxSize: string
  containerLogMaxFiles: number
  allowedUnsafeSysctls?: string[]
  tlsCertFile?: string
  tlsPrivateKeyFile?: string
  clientCaFile?: string
  address: string
  port: number
  nodeStatusUpdateFrequency: number
  nodeStatusReportFrequency: number
  nodeLeaseDurationSeconds: number
}

export function define(command: Command): void {
  const options = withVerbosity(withKubeconfig(command))
    .option('--container-runtime-endpoint <socket>', 'CRI v1', 'unix:///run/containerd/containerd.sock')
    .option('--cluster-dns <ips>', 'name servers of pods', list)
    .option('--cluster-domain <domain>', 'domain of the cluster', 'cluster.local')
    .option('--register-node [bool]', 'create the Node object', truth, true)
    .option('--node-ip <ip>', 'address of this node (default: that of this machine)', ipv4)
    .option('--hostname-override <name>', "this node's name (default: the host's)")
    .option('--root-dir <dir>', 'volumes and the like', '/var/lib/kubelet')
    .option('--pod-logs-dir <dir>', "containers' logs (default: ROOT-DIR/logs)")
    .option('--pod-manifest-path <dir>', 'manifests of static pods')
    .option('--node-labels <pairs>', 'labels to register with: name=value,...', pairs)
    .option('--register-with-taints <taints>', 'taints to register with: key=value:Effect,...', taints)
    .option('--max-pods <n>', 'so many pods at most', wholeNumber(1, 10_000), 110)
    .option('--pod-cidr <cidr>', "addresses of this node's pods, where nobody assigns them", cidr)
    .option('--provider-id <id>', "the cloud's name for this machine")
    .option('--cgroup-root <path>', 'the cgroup that holds all pods', '/kubepods')
    .option('--kube-reserved <amounts>', 'kept back from pods, for this program: cpu=100m,memory=200Mi', amounts)
    .option('--system-reserved <amounts>', "kept back from pods, for the machine's own: cpu=100m,memory=200Mi", amounts)
    .option('--container-log-max-size <amount>', "a container's log is rotated at this size", amount, '10Mi')
    .option('--container-log-max-files <n>', 'so many files of it are kept', wholeNumber(2, 1000), 5)
    .option('--allowed-unsafe-sysctls <names>', 'sysctls beyond the safe ones', list)
    .option('--tls-cert-file <file>', 'its certificate (default: one that nobody vouches for)')
    .option('--tls-private-key-file <file>', 'its key')
    .option('--client-ca-file <file>', 'who may sign client certificates; without it, it serves no logs and no exec')
    .option('--address <ip>', 'the address to serve on', ipv4, '0.0.0.0')
    .option('--port <port>', 'the port to serve on', port, 10250)
    .option('--node-status-update-frequency <duration>', 'between looks at this machine', duration, 10_000)
    .option('--node-status-report-frequency <duration>', 'between reports without news', duration, 300_000)
    .option('--node-lease-duration-seconds <n>', 'lost when silent for so long', wholeNumber(1, 3600), 40)
  withEviction(options)
    .addHelpText(
      'after',
      `${exitCodes}

Examples:
  k8ts kubelet --kubeconfig kubelet.conf --cluster-dns 10.96.0.10 --client-ca-file ca.crt
  k8ts kubelet --kubeconfig kubelet.conf --node-labels disk=ssd --register-with-taints gpu=yes:NoSchedule`,
    )
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const nodeName = nodeNameOf(flags.hostnameOverride)
  const nodeIp = flags.nodeIp ?? primaryAddress()
  const evictions = evictionOf(flags)
  const server = await serverOf(flags, nodeName, nodeIp)
  const connection = connected({ ...flags, component: 'kubelet', host: nodeName, verbose: isVerbose(flags) })
  const { context, close } = connection
  if (!server) context.log.warn('no --client-ca-file: it serves no logs, exec and metrics')
  const runtime = await runtimeOf(flags.containerRuntimeEndpoint)
  const kubelet = await startKubelet({
    ctx: context,
    runtime,
    host: linuxHost(),
    nodeName,
    nodeIp,
    rootDir: resolve(flags.rootDir),
    ...(flags.podLogsDir && { logsDir: resolve(flags.podLogsDir) }),
    ...(flags.clusterDns && { clusterDns: flags.clusterDns }),
    clusterDomain: flags.clusterDomain,
    ...(flags.nodeLabels && { labels: flags.nodeLabels }),
    ...(flags.registerWithTaints && { taints: flags.registerWithTaints }),
    maxPods: flags.maxPods,
    ...(flags.podCidr && { podCidr: flags.podCidr }),
    ...(flags.providerId && { providerId: flags.providerId }),
    register: flags.registerNode,
    reserved: sumOf(flags.kubeReserved, flags.systemReserved),
    logRotation: {
      maxBytes: parseQuantity(flags.containerLogMaxSize).toInteger(),
      maxFiles: flags.containerLogMaxFiles,
    },
    cgroupRoot: flags.cgroupRoot,
    ...(server && { server }),
    ...(flags.podManifestPath && { staticPodPath: resolve(flags.podManifestPath) }),
    leaseSeconds: flags.nodeLeaseDurationSeconds,
    nodeStatusMs: flags.nodeStatusUpdateFrequency,
    nodeStatusReportMs: flags.nodeStatusReportFrequency,
    ...evictions,
    ...(flags.allowedUnsafeSysctls && { allowedUnsafeSysctls: flags.allowedUnsafeSysctls }),
  })
  context.log.info('the node runs', { node: nodeName })
  await untilSignal(async () => {
    await kubelet.stop()
    await runtime.close()
    close()
  })
}

function sumOf(a: Record<string, string> = {}, b: Record<string, string> = {}): Record<string, string> {
  const names = Object.keys({ ...a, ...b })
  const amountOf = (all: Record<string, string>, name: string) => parseQuantity(all[name] ?? '0')
  return Object.fromEntries(names.map((name) => [name, amountOf(a, name).add(amountOf(b, name)).toString()]))
}

async function serverOf(flags: Flags, nodeName: string, nodeIp: string): Promise<ServerOptions | undefined> {
  const pair = pairOf(['--tls-cert-file', flags.tlsCertFile], ['--tls-private-key-file', flags.tlsPrivateKeyFile])
  if (flags.clientCaFile === undefined) return undefined
  const clientCa = fileOf('--client-ca-file', flags.clientCaFile)
  const tls = pair ?? (await selfSigned(nodeName, [nodeName], [nodeIp]))
  return { host: flags.address, port: flags.port, tls, clientCa }
}

const runtimeOf = (socket: string): Promise<Runtime> =>
  connectRuntime({ socket }).catch((error: Error) => {
    throw new UserError(`--container-runtime-endpoint ${socket}: ${error.message}`)
  })
