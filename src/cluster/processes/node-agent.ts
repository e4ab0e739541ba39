import { httpClient } from '../../client/node/http.ts'
import { startDns } from '../../dns/dns.ts'
import { linuxHost } from '../../kubelet/host/linux.ts'
import { startKubelet } from '../../kubelet/kubelet.ts'
import { startProxy } from '../../proxy/proxy.ts'
import { writeCniConf } from '../../runtime/containerd/cni.ts'
import { startContainerd } from '../../runtime/containerd/containerd.ts'
import { allowEgress } from '../../runtime/containerd/egress.ts'
import { connectRuntime } from '../../runtime/cri/cri.ts'
import type { Credentials } from '../pki/credentials.ts'
import type { KeyPair } from '../pki/pki.ts'
import { clusterDomain, dnsIp, gatewayOf } from '../settings/addresses.ts'
import { cniDir, containerdOptions, egressTable } from '../settings/containerd.ts'
import { pathsOf } from '../settings/paths.ts'
import type { Settings } from '../settings/settings.ts'
import { recordFile } from './clusters.ts'
import { contextOf, logOf, world } from './component.ts'
import { recordOf, writeRecord } from './process.ts'
import { waitForReadyz } from './readiness.ts'

/** The node of a cluster in this process: containerd beside it, kubelet, proxy and DNS in it. */
export async function startNodeAgent(
  settings: Settings,
  credentials: Credentials,
  verbose: boolean,
): Promise<{ stop(): Promise<void> }> {
  const { nodeName, nodeIp, podCidr, nodePodCidr, bridge, name } = settings
  const paths = pathsOf(settings.dataDir)
  const clientOf = ({ cert, key }: KeyPair, fieldManager: string) =>
    httpClient({ server: `https://127.0.0.1:${settings.apiPort}`, ca: credentials.ca, cert, key, fieldManager })

  const containerd = startRuntime(settings)
  const proxyClient = clientOf(credentials.proxy, 'kube-proxy')
  const proxyContext = contextOf({ client: proxyClient, component: 'proxy', host: nodeName, verbose })
  // Both processes start at once. A list that is refused is tried again after a second only, and until there is a table
  // what is sent to a Service leaves by the default route.
  const stopping = new AbortController()
  const answers = waitForReadyz(settings, AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]))
  const proxy = answers.then(() =>
    startProxy(proxyContext, {
      nodeName,
      table: settings.nftTable,
      podCidr,
      serviceCidr: settings.serviceCidr,
    }),
  )
  const dnsClient = clientOf(credentials.dns, 'coredns')
  const dnsContext = contextOf({ client: dnsClient, component: 'dns', host: nodeName, verbose })
  const dns = answers.then(() =>
    startDns(dnsContext, { domain: clusterDomain, listen: [{ host: gatewayOf(settings), port: 53 }] }),
  )
  allowEgress({ table: egressTable(settings), podCidr, bridge })

  const kubeletClient = clientOf(credentials.kubelet, 'kubelet')
  const kubeletContext = contextOf({ client: kubeletClient, component: 'kubelet', host: nodeName, verbose })
  const runtime = await containerd
  const kubelet = await startKubelet({
    ctx: kubeletContext,
    runtime,
    host: linuxHost(),
    nodeName,
    nodeIp,
    rootDir: paths.kubelet,
    logsDir: paths.podLogs,
    cgroupRoot: `/${settings.cgroup}`,
    clusterDns: [dnsIp(settings)],
    clusterDomain,
    podCidr: nodePodCidr,
    staticPodPath: paths.manifests,
    // A developer's disk is often nearly full, which is none of the cluster's business (docs/decisions).
    eviction: { hard: { 'memory.available': '100Mi' } },
    imageGc: { highPercent: 100 },
    server: { host: nodeIp, port: settings.kubeletPort, tls: credentials.kubelet, clientCa: credentials.ca },
  })
  proxyContext.log.info('the node runs', { cluster: name })
  return {
    async stop() {
      stopping.abort()
      ;(await proxy).stop()
      await (await dns).close()
      await kubelet.stop()
      await runtime.close()
      for (const { informers } of [proxyContext, dnsContext, kubeletContext]) informers.stop()
      for (const client of [proxyClient, dnsClient, kubeletClient]) await client.close()
    },
  }
}

/** Our own containerd: the one that runs already, or a new one; it and its containers outlive this process. */
async function startRuntime(settings: Settings) {
  const { nodePodCidr, bridge, name } = settings
  writeCniConf({ dir: cniDir(settings), name, bridge, podCidr: nodePodCidr })
  const { pid, reused } = await startContainerd(containerdOptions(settings))
  if (!reused) writeRecord(recordFile(settings, 'containerd'), recordOf(pid, world.clock.now()))
  logOf('kubelet').info('containerd runs', { pid, reused })
  return connectRuntime({ socket: containerdOptions(settings).socket })
}
