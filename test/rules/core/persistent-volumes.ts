import { PersistentVolumeClaims, PersistentVolumes } from '../../../src/api/core/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  absent,
  forbidden,
  invalid,
  nothing,
  notSupported,
  oneOf,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  words,
} from '../rule.ts'

const metadata = { name: 'x' }
const basic = { capacity: { storage: '1' }, accessModes: ['ReadWriteOnce'] }
const spec = to('spec')
const volume = (source: object, fields: object = {}) => spec({ ...basic, ...source, ...fields })
const hostPath = { hostPath: { path: '/x' } }
const csi = { csi: { driver: 'd', volumeHandle: 'h' } }
const term = (key: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'Exists' }] }] },
})
const local = (fields: object) => volume({ local: { path: '/x' }, nodeAffinity: term('a'), ...fields })
const capacity = to('spec.capacity')
const modes = '"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'
const alone = 'may not use ReadWriteOncePod with other access modes'
const accessModes: Rule[] = [
  rule('spec.accessModes', notSupported, `supported values: ${modes}`, ['ReadWriteMany'], ['Sometimes']),
  rule('spec.accessModes', forbidden, alone, ['ReadWriteOncePod'], ['ReadWriteOncePod', 'ReadWriteOnce']),
]
const attributes = to('spec.volumeAttributesClassName')

/** A source of a volume with a field that must be there. */
const needed = (source: string, fields: Record<string, unknown>, field: string, path = `spec.${source}.${field}`) =>
  rule(path, required, '', volume({ [source]: fields }), volume({ [source]: { ...fields, [field]: undefined } }))

const sources: Rule[] = [
  needed('nfs', { server: 's', path: '/x' }, 'server'),
  needed('nfs', { server: 's', path: '/x' }, 'path'),
  rule(
    'spec.nfs.path',
    invalid,
    'must be an absolute path',
    volume({ nfs: { server: 's', path: '/x' } }),
    volume({ nfs: { server: 's', path: 'x' } }),
  ),
  needed('csi', { driver: 'd', volumeHandle: 'h' }, 'driver'),
  needed('csi', { driver: 'd', volumeHandle: 'h' }, 'volumeHandle'),
  ...['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'].flatMap(
    (name) => {
      const at = `spec.csi.${name}`
      const given = (ref: object) => volume({ csi: { ...csi.csi, [name]: { name: 's', namespace: 'n', ...ref } } })
      return [
        rule(`${at}.name`, required, '', given({}), given({ name: '' })),
        rule(`${at}.namespace`, required, '', given({}), given({ namespace: '' })),
      ]
    },
  ),
  rule('spec.local.path', required, '', local({}), local({ local: { path: '' } })),
  rule('spec.local.path', invalid, words.backstep, local({}), local({ local: { path: '/x/../y' } })),
  rule('spec.hostPath.path', required, '', volume(hostPath), volume({ hostPath: { path: '' } })),
  rule('spec.hostPath.path', invalid, words.backstep, volume(hostPath), volume({ hostPath: { path: '/x/..' } })),
]

const volumes: Table[] = [
  {
    resource: PersistentVolumes,
    base: { metadata, spec: { ...basic, ...hostPath } } as KubeObject,
    rules: [
      rule('spec.accessModes', required, '', ['ReadWriteOnce'], []),
      ...accessModes,
      rule('spec.capacity', required, '', { storage: '1' }, {}),
      rule('spec.capacity', notSupported, 'supported values: "storage"', { storage: '1' }, { cpu: '1' }),
      rule('spec.capacity', notSupported, 'supported values: "storage"', { storage: '1' }, { storage: '1', cpu: '1' }),
      rule(
        'spec.capacity[storage]',
        invalid,
        words.notPositive,
        capacity({ storage: '1' }),
        capacity({ storage: '0' }),
      ),
      ...oneOf('spec.persistentVolumeReclaimPolicy', ['Delete', 'Recycle', 'Retain']),
      rule('spec', required, 'must specify a volume type', volume(hostPath), volume({})),
      rule(
        'spec.nfs',
        forbidden,
        'may not specify more than 1 volume type',
        volume(hostPath),
        volume({ ...hostPath, nfs: { server: 's', path: '/x' } }),
      ),
      ...sources,
      rule(
        'spec.nodeAffinity',
        required,
        'Local volume requires node affinity',
        local({}),
        local({ nodeAffinity: undefined }),
      ),
      rule(
        'spec.nodeAffinity.required',
        required,
        'must specify required node constraints',
        to('spec.nodeAffinity')(term('a')),
        to('spec.nodeAffinity')({}),
      ),
      rule(
        'spec.nodeAffinity.required.nodeSelectorTerms',
        required,
        'must have at least one node selector term',
        to('spec.nodeAffinity')(term('a')),
        to('spec.nodeAffinity')({ required: { nodeSelectorTerms: [] } }),
      ),
      rule(
        'spec.persistentVolumeReclaimPolicy',
        forbidden,
        "may not be 'recycle' for a hostPath mount of '/'",
        volume(hostPath, { persistentVolumeReclaimPolicy: 'Recycle' }),
        volume({ hostPath: { path: '/./' } }, { persistentVolumeReclaimPolicy: 'Recycle' }),
      ),
      rule('spec.storageClassName', invalid, words.subdomain, 'a.b', 'A'),
      rule('spec.volumeMode', notSupported, 'supported values: "Block", "Filesystem"', 'Block', 'Sometimes'),
      rule(
        'spec.volumeAttributesClassName',
        required,
        'an empty string is disallowed',
        volume(csi, { volumeAttributesClassName: 'a' }),
        volume(csi, { volumeAttributesClassName: '' }),
      ),
      rule(
        'spec.volumeAttributesClassName',
        invalid,
        words.subdomain,
        volume(csi, { volumeAttributesClassName: 'a' }),
        volume(csi, { volumeAttributesClassName: 'A' }),
      ),
      rule(
        'spec.csi',
        required,
        'has to be specified when using volumeAttributesClassName',
        volume(csi, { volumeAttributesClassName: 'a' }),
        attributes('a'),
      ),
    ],
  },
  {
    resource: PersistentVolumes,
    write: 'update',
    base: {
      metadata: { name: 'rules-pv' },
      spec: { ...basic, ...csi, nodeAffinity: term('beta.kubernetes.io/os'), volumeAttributesClassName: 'a' },
    } as KubeObject,
    rules: [
      rule(
        'spec.persistentvolumesource',
        forbidden,
        'spec.persistentvolumesource is immutable after creation',
        put({ 'spec.csi.controllerExpandSecretRef': { name: 's', namespace: 'n' } }),
        put({ 'spec.csi.volumeHandle': 'i' }),
      ),
      rule('volumeMode', invalid, words.immutable, nothing, put({ 'spec.volumeMode': 'Block' })),
      rule(
        'nodeAffinity',
        invalid,
        'field is immutable, except for updating from beta label to GA',
        to('spec.nodeAffinity')(term('kubernetes.io/os')),
        to('spec.nodeAffinity')(term('a')),
      ),
      rule('spec.volumeAttributesClassName', forbidden, 'update from non-nil value to nil is forbidden', 'b', absent),
    ],
  },
]

const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2' } } }
const data = to('spec.dataSource')
const dataRef = to('spec.dataSourceRef')
const own = { kind: 'PersistentVolumeClaim', name: 'd' }
const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'd' }
const dataRules = (path: string, set: typeof data): Rule[] => [
  rule(`${path}.name`, required, '', set(own), set({ ...own, name: '' })),
  rule(`${path}.kind`, required, '', set(snapshot), set({ ...snapshot, kind: '' })),
  rule(
    path,
    invalid,
    "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
    set(own),
    set({ ...own, kind: 'Pod' }),
  ),
  rule(`${path}.apiGroup`, invalid, words.subdomain, set(snapshot), set({ ...snapshot, apiGroup: 'a_b' })),
]
const storage = to('spec.resources.requests')
const once = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
const bound = put({
  'status.phase': 'Bound',
  'status.capacity': { storage: '1' },
  'spec.volumeAttributesClassName': 'a',
  'spec.volumeName': 'v',
})
const statusOf = (name: string) => to(`status.${name}`)

const claims: Table[] = [
  {
    resource: PersistentVolumeClaims,
    base: { metadata, spec: claim } as KubeObject,
    rules: [
      rule('spec.accessModes', required, 'at least 1 access mode is required', ['ReadWriteOnce'], []),
      ...accessModes,
      rule('spec.selector.matchLabels', invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
      rule('spec.resources[storage]', required, '', storage({ storage: '1' }), storage({})),
      rule('spec.resources[storage]', invalid, words.notPositive, storage({ storage: '1' }), storage({ storage: '0' })),
      rule('spec.storageClassName', invalid, words.subdomain, 'a.b', 'A'),
      rule('spec.volumeMode', notSupported, 'supported values: "Block", "Filesystem"', 'Block', 'Sometimes'),
      rule('spec.volumeAttributesClassName', invalid, words.subdomain, 'a.b', 'A'),
      ...dataRules('spec.dataSource', data).slice(0, 1),
      ...dataRules('spec.dataSourceRef', dataRef),
    ],
    uncovered: [
      {
        path: 'spec.dataSource',
        rule: 'is a claim or a snapshot',
        why: 'others are dropped',
      },
      {
        path: 'spec',
        rule: 'dataSource and dataSourceRef agree',
        why: 'the server fills in one from the other, and drops what may not be',
      },
      { path: 'spec.dataSourceRef.namespace', rule: 'is a name, and alone', why: 'the feature is off by default' },
    ],
  },
  {
    resource: PersistentVolumeClaims,
    write: 'update',
    base: { metadata, spec: claim } as KubeObject,
    rules: [
      rule('spec', forbidden, once, put({ 'spec.volumeName': 'v' }), put({ 'spec.accessModes': ['ReadOnlyMany'] })),
      rule('spec', forbidden, once, nothing, put({ 'spec.volumeName': 'w' }), put({ 'spec.volumeName': 'v' })),
      rule('spec', forbidden, once, nothing, storage({ storage: '3' })),
      rule('spec', forbidden, once, nothing, put({ 'spec.selector': { matchLabels: { a: 'b' } } }), bound),
      rule(
        'spec',
        forbidden,
        once,
        nothing,
        put({ 'spec.storageClassName': 'b' }),
        put({ 'spec.storageClassName': 'a' }),
      ),
      rule(
        'spec.resources.requests.storage',
        forbidden,
        'field can not be less than status.capacity',
        storage({ storage: '1.5' }),
        storage({ storage: '1' }),
        bound,
      ),
      rule('volumeMode', invalid, words.immutable, nothing, put({ 'spec.volumeMode': 'Block' })),
      rule(
        'spec.volumeAttributesClassName',
        forbidden,
        'update from non-nil value to nil is forbidden',
        'b',
        absent,
        bound,
      ),
      rule(
        'spec.volumeAttributesClassName',
        forbidden,
        'update from non-nil value to an empty string is forbidden',
        'b',
        '',
        bound,
      ),
    ],
  },
  {
    resource: PersistentVolumeClaims,
    write: 'status',
    base: { metadata, spec: claim } as KubeObject,
    rules: [
      rule(
        'status.capacity[storage]',
        invalid,
        'must be a valid resource quantity',
        statusOf('capacity')({ storage: '0' }),
        statusOf('capacity')({ storage: '-1' }),
      ),
      rule(
        'status.allocatedResources[storage]',
        invalid,
        'must be a valid resource quantity',
        statusOf('allocatedResources')({ storage: '0' }),
        statusOf('allocatedResources')({ storage: '-1' }),
      ),
      rule(
        'status.allocatedResources',
        notSupported,
        '"cpu": supported values: "storage"',
        { 'example.com/x': '1' },
        { cpu: '1' },
      ),
      rule('status.allocatedResources', invalid, words.qualified, { storage: '1' }, { 'a b': '1' }),
      rule(
        'status.allocatedResourceStatus',
        notSupported,
        '"storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
        put({ 'status.allocatedResourceStatuses': { storage: 'NodeResizePending' } }),
        put({ 'status.allocatedResourceStatuses': { storage: 'Sometimes' } }),
      ),
      rule(
        'status.allocatedResourceStatus',
        notSupported,
        '"cpu": supported values: "storage"',
        nothing,
        put({ 'status.allocatedResourceStatuses': { cpu: 'NodeResizePending' } }),
      ),
    ],
  },
]

export const volumeTables: Table[] = [...volumes, ...claims]
