import {
  ComponentStatuses,
  EndpointsResource,
  Nodes,
  PersistentVolumeClaims,
  PersistentVolumes,
  Secrets,
  ServiceAccounts,
  Services,
} from '../../../src/api/core/v1/index.ts'
import { EndpointSlices } from '../../../src/api/discovery/v1/index.ts'
import type { ResourceType } from '../../../src/api/machinery/schema/package.ts'
import { Ingresses, NetworkPolicies } from '../../../src/api/networking/v1/index.ts'
import { RuntimeClasses } from '../../../src/api/node/v1/index.ts'
import { CSIStorageCapacities, StorageClasses } from '../../../src/api/storage/v1/index.ts'
import { type WarningTable, warns } from './table.ts'

const metadata = { name: 'x' }
const table = (resource: ResourceType, fields: object, ...cases: WarningTable['cases'][number][]): WarningTable => ({
  resource,
  base: { metadata, ...fields },
  cases,
})
const annotation = (key: string, text: string, value = 'x') =>
  warns(`metadata.annotations[${key}]`, value, `metadata.annotations[${key}]: ${text}`)
const half = (at: string) => `${at}: fractional byte value "500m" is invalid, must be an integer`
const useClass = annotation(
  'volume.beta.kubernetes.io/storage-class',
  'deprecated since v1.8; use "storageClassName" attribute instead',
)
const longIp = (at: string) =>
  `${at}: IPv6 address "2001:db8:0::1" should be in RFC 5952 canonical format ("2001:db8::1")`
const longCidr = (at: string) =>
  `${at}: IPv6 CIDR value "2001:db8:0::/64" should be in RFC 5952 canonical format ("2001:db8::/64")`
const os = 'beta.kubernetes.io/os'
const useOs = 'deprecated since v1.14; use "kubernetes.io/os" instead'

const service = { ports: [{ port: 80 }] }
const external = { type: 'ExternalName', externalName: 'a.example.com' }
const oldIPs = 'spec.externalIPs is deprecated and may no longer be implemented in some clusters'
const volume = { capacity: { storage: '1' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } }
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } }
const managed = 'endpointslice.kubernetes.io/managed-by'
const endpointsWarning = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'

export const otherWarningTables: WarningTable[] = [
  table(
    Services,
    { spec: service },
    warns(
      'metadata.annotations[service.kubernetes.io/topology-aware-hints]',
      'auto',
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
    ),
    warns('spec.externalIPs', ['1.2.3.4'], oldIPs),
    warns('spec.externalIPs', ['2001:db8:0::1'], oldIPs, longIp('spec.externalIPs[0]')),
    warns('spec', { ...service, type: 'LoadBalancer', loadBalancerIP: '2001:db8:0::1' }, longIp('spec.loadBalancerIP')),
    warns(
      'spec',
      { ...service, type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8', '2001:db8:0::/64'] },
      longCidr('spec.loadBalancerSourceRanges[1]'),
    ),
    warns(
      'spec',
      { ...service, clusterIP: 'None', externalIPs: ['1.2.3.4'] },
      'spec.externalIPs is ignored for headless services',
    ),
    warns(
      'spec',
      { ...service, clusterIP: 'None', sessionAffinity: 'ClientIP' },
      'spec.SessionAffinity is ignored for headless services',
    ),
    warns('spec', external),
    warns(
      'spec',
      { ...external, externalIPs: ['1.2.3.4'] },
      'spec.externalIPs is ignored when spec.type is "ExternalName"',
    ),
    warns('spec.externalName', 'a.example.com', 'spec.externalName is ignored when spec.type is not "ExternalName"'),
    warns(
      'spec.trafficDistribution',
      'PreferClose',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ),
    warns('spec.trafficDistribution', 'PreferSameZone'),
  ),
  table(
    Nodes,
    {},
    warns('spec.externalID', 'x', 'spec.externalID: this field is deprecated, and is unused by Kubernetes'),
    warns('spec.podCIDRs', ['2001:db8:0::/64'], longCidr('spec.podCIDRs[0]')),
  ),
  table(
    PersistentVolumes,
    { spec: volume },
    useClass,
    annotation(
      'volume.beta.kubernetes.io/mount-options',
      'deprecated since v1.31; use "mountOptions" attribute instead',
    ),
    warns('spec.capacity.storage', '0.5', half('spec.capacity[storage]')),
    warns(
      'spec.persistentVolumeReclaimPolicy',
      'Recycle',
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    ),
    warns(
      'spec.nodeAffinity.required.nodeSelectorTerms',
      [{ matchExpressions: [{ key: os, operator: 'Exists' }] }],
      `spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: ${os} is ${useOs}`,
    ),
    warns(
      'spec',
      { ...volume, hostPath: undefined, cephfs: { monitors: ['m'] } },
      'spec.cephfs: deprecated in v1.28, non-functional in v1.31+',
    ),
  ),
  table(
    PersistentVolumeClaims,
    { spec: claim },
    useClass,
    warns('spec.resources.requests.storage', '0.5', half('spec.resources.requests[storage]')),
  ),
  table(
    ServiceAccounts,
    {},
    annotation(
      'kubernetes.io/enforce-mountable-secrets',
      'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets',
      'true',
    ),
  ),
  table(
    Secrets,
    {},
    {
      change: new Map<string, unknown>([
        ['type', 'kubernetes.io/tls'],
        ['data', { 'tls.crt': '', 'tls.key': '' }],
      ]),
      warnings: ['tls: failed to find any PEM data in certificate input'],
    },
  ),
  table(
    EndpointSlices,
    { addressType: 'IPv6', endpoints: [] },
    warns('endpoints', [{ addresses: ['2001:db8:0::1'] }], longIp('spec.endpoints[0].addresses[0]')),
    warns('addressType', 'FQDN', 'spec.addressType: FQDN endpoints are deprecated'),
    {
      change: new Map<string, unknown>([
        [`metadata.labels[${managed}]`, 'endpointslice-controller.k8s.io'],
        ['endpoints', [{ addresses: ['2001:db8:0::1'] }]],
      ]),
      warnings: [],
    },
  ),
  table(
    Ingresses,
    { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
    warns(
      'metadata.annotations[kubernetes.io/ingress.class]',
      'x',
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ),
  ),
  table(
    NetworkPolicies,
    { spec: { podSelector: {} } },
    warns(
      'spec.ingress',
      [{ from: [{ ipBlock: { cidr: '2001:db8:0::/64' } }] }],
      longCidr('spec.ingress[0].from[0].ipBlock.cidr'),
    ),
    warns(
      'spec.egress',
      [{ to: [{ ipBlock: { cidr: '2001:db8::/32', except: ['2001:db8:0::/64'] } }] }],
      longCidr('spec.egress[0].to[0].ipBlock.except[0]'),
    ),
  ),
  table(
    StorageClasses,
    { provisioner: 'p' },
    warns(
      'allowedTopologies',
      [{ matchLabelExpressions: [{ key: os, values: ['x'] }] }],
      `allowedTopologies[0].matchLabelExpressions[0].key: ${os} is ${useOs}`,
    ),
  ),
  table(
    RuntimeClasses,
    { handler: 'h' },
    warns('scheduling.nodeSelector', { [os]: 'x' }, `scheduling.nodeSelector: ${useOs}`),
  ),
  table(
    CSIStorageCapacities,
    { storageClassName: 'c' },
    warns('nodeTopology.matchLabels', { [os]: 'x' }, `nodeTopology.matchLabels.${os}: ${useOs}`),
    warns(
      'nodeTopology.matchExpressions',
      [{ key: os, operator: 'Exists' }],
      `nodeTopology.matchExpressions[0].key: ${os} is ${useOs}`,
    ),
  ),
]

/** Kinds of which every answer has a warning. */
export const deprecatedKinds: [resource: ResourceType, warning: string][] = [
  [EndpointsResource, endpointsWarning],
  [ComponentStatuses, 'v1 ComponentStatus is deprecated in v1.19+'],
]
