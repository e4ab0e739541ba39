import { type Clock, sleep } from '../../api/clock.ts'
import { type Endpoints, EndpointsResource, type Service, Services } from '../../api/core/v1/index.ts'
import { type EndpointSlice, EndpointSlices } from '../../api/discovery/v1/index.ts'
import { ApiError } from '../../api/errors.ts'
import type { Log } from '../../api/log.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject } from '../../api/object.ts'
import {
  type ClusterRole,
  type ClusterRoleBinding,
  ClusterRoleBindings,
  ClusterRoles,
} from '../../api/rbac/v1/index.ts'
import type { Client } from '../../client/client.ts'

/** Where the DNS of a cluster answers. */
export interface DnsAddresses {
  /** Of the Service: where pods ask. */
  clusterIp: string
  /** Of the server itself, and the node that it runs on. */
  server: string
  nodeName: string
}

/** The user that the DNS server is. */
export const dnsUser = 'system:coredns'

/** Gives the DNS server the rights that CoreDNS has everywhere: to read Services, their endpoints, and namespaces. */
export async function createDnsRights(client: Pick<Client, 'create'>): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io'
  const metadata = { name: dnsUser, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }
  const verbs = ['list', 'watch']
  const role: ClusterRole = {
    metadata,
    rules: [
      { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
    ],
  }
  const binding: ClusterRoleBinding = {
    metadata,
    roleRef: { apiGroup, kind: 'ClusterRole', name: dnsUser },
    subjects: [
      { kind: 'User', apiGroup, name: dnsUser },
      { kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' },
    ],
  }
  await Promise.all([
    unlessThere(client.create(ClusterRoles, role)),
    unlessThere(client.create(ClusterRoleBindings, binding)),
  ])
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error
  }
}

/**
 * Creates the `kube-dns` Service, whose one endpoint is the DNS server of the node. Tries again until it is there.
 */
export async function createDnsService(
  client: Client,
  addresses: DnsAddresses,
  { clock, log }: { clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<void> {
  async function create<T extends KubeObject>(resource: ResourceType<T>, object: T): Promise<void> {
    while (!signal.aborted) {
      try {
        await client.create(resource, object)
        break
      } catch (error) {
        if (error instanceof ApiError && error.reason === 'AlreadyExists') break
        log.debug('creating the DNS service failed, trying again', { error: (error as Error).message })
        await sleep(clock, 200, signal)
      }
    }
  }
  const { service, endpoints, slice } = dnsObjects(addresses)
  await create(Services, service)
  await create(EndpointsResource, endpoints)
  await create(EndpointSlices, slice)
}

function dnsObjects({ clusterIp, server, nodeName }: DnsAddresses) {
  const labels = { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' }
  const metadata = { name: 'kube-dns', namespace: 'kube-system', labels }
  const ports = [
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  ]
  const service: Service = { metadata, spec: { clusterIP: clusterIp, ports } }
  const endpoints: Endpoints = {
    // The slice stands below; it is not to be made from this one again.
    metadata: { ...metadata, labels: { ...labels, 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: server, nodeName }], ports }],
  }
  const slice: EndpointSlice = {
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: { 'kubernetes.io/service-name': 'kube-dns', 'endpointslice.kubernetes.io/managed-by': 'k8ts' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [server], conditions: { ready: true }, nodeName }],
    ports,
  }
  return { service, endpoints, slice }
}
