import { sleep } from '../api/clock.ts'
import { type Endpoints, EndpointsResource, type Service, Services } from '../api/core/v1/index.ts'
import { type EndpointSlice, EndpointSlices } from '../api/discovery/v1/index.ts'
import { ApiError } from '../api/errors.ts'
import type { KubeObject } from '../api/object.ts'
import type { ResourceType } from '../api/schema/package.ts'
import type { Client } from '../client/client.ts'
import type { Log } from '../client/controller.ts'
import { gatewayOf } from './bridge.ts'
import { nthAddress } from './cidr.ts'
import { world } from './component.ts'
import type { Settings } from './settings.ts'

export const clusterDomain = 'cluster.local'
/** Where pods ask for names: the tenth address of the Services, as everywhere. */
export const dnsIp = (settings: Settings): string => nthAddress(settings.serviceCidr, 10)

/**
 * Creates the `kube-dns` Service, whose endpoint is the DNS of the node at the bridge's address. Tries until it is there.
 */
export async function createDnsService(
  client: Client,
  settings: Settings,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  for (const [resource, object] of dnsObjects(settings)) {
    while (!signal.aborted) {
      try {
        await client.create(resource, object)
        break
      } catch (error) {
        if (error instanceof ApiError && error.reason === 'AlreadyExists') break
        log.debug('creating the DNS service failed, trying again', { error: (error as Error).message })
        await sleep(world.clock, 200, signal)
      }
    }
  }
}

function dnsObjects(settings: Settings): [ResourceType<KubeObject>, KubeObject][] {
  const gateway = gatewayOf(settings)
  const labels = { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' }
  const metadata = { name: 'kube-dns', namespace: 'kube-system', labels }
  const ports = [
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  ]
  const service: Service = { metadata, spec: { clusterIP: dnsIp(settings), ports } }
  const endpoints: Endpoints = {
    // The slice stands below; it is not to be made from this one again.
    metadata: { ...metadata, labels: { ...labels, 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: gateway, nodeName: settings.nodeName }], ports }],
  }
  const slice: EndpointSlice = {
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: { 'kubernetes.io/service-name': 'kube-dns', 'endpointslice.kubernetes.io/managed-by': 'k8ts' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [gateway], conditions: { ready: true }, nodeName: settings.nodeName }],
    ports,
  }
  return [
    [Services, service],
    [EndpointsResource, endpoints],
    [EndpointSlices, slice],
  ] as unknown as [ResourceType<KubeObject>, KubeObject][]
}
