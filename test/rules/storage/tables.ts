import type { KubeObject } from '../../../src/api/object.ts'
import {
  CSIDrivers,
  CSINodes,
  CSIStorageCapacities,
  StorageClasses,
  VolumeAttachments,
  VolumeAttributesClasses,
} from '../../../src/api/storage/v1/index.ts'
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  tooLong,
  words,
} from '../rule.ts'

const metadata = { name: 'x' }
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, '']))
const big = (bytes: number) => ({ k: 'é'.repeat((bytes - 2) / 2), l: '' })
const fixed = (name: string, accept: unknown, refuse: unknown) =>
  rule(name, forbidden, `updates to ${name} are forbidden.`, accept, refuse)

const driver = (name: string): Rule[] => [
  rule(name, required, '', 'A', ''),
  rule(name, invalid, words.qualified, 'example.com/A_b', 'a b'),
  rule(name, invalid, words.subdomain, 'Example.com/a', 'a_b/a'),
]
const parameters: Rule[] = [
  rule('parameters', tooLong, '512', many(512), many(513)),
  rule('parameters', tooLong, '262144', big(262_144), big(262_146)),
  rule('parameters', invalid, 'field can not be empty.', { a: '' }, { '': 'a' }),
]

const storageClass = { metadata, provisioner: 'p', parameters: { a: 'b' } } as KubeObject
const topology = 'allowedTopologies[0].matchLabelExpressions'
const terms = (...lists: object[][]) =>
  put({ allowedTopologies: lists.map((list) => ({ matchLabelExpressions: list })) })
const isIn = (key: string, ...values: string[]) => ({ key, values })

const storageClasses: Table[] = [
  {
    resource: StorageClasses,
    base: storageClass,
    rules: [
      ...driver('provisioner'),
      ...parameters,
      rule('reclaimPolicy', notSupported, 'supported values: "Delete", "Retain"', 'Retain', 'Recycle'),
      rule('reclaimPolicy', notSupported, 'supported values: "Delete", "Retain"', '', 'Sometimes'),
      rule(
        'volumeBindingMode',
        notSupported,
        '"": supported values: "Immediate", "WaitForFirstConsumer"',
        'WaitForFirstConsumer',
        '',
      ),
      rule(`${topology}[0].values`, required, '', terms([isIn('a', 'b')]), terms([isIn('a')])),
      rule(`${topology}[0].values[1]`, duplicate, '"b"', terms([isIn('a', 'b', 'c')]), terms([isIn('a', 'b', 'b')])),
      rule(`${topology}[0].key`, invalid, words.qualified, terms([isIn('a/b', 'c')]), terms([isIn('a b', 'c')])),
      rule(
        `${topology}[1].key`,
        duplicate,
        '"a"',
        terms([isIn('a', 'b'), isIn('b', 'b')]),
        terms([isIn('a', 'b'), isIn('a', 'c')]),
      ),
      rule(
        'allowedTopologies[1].matchLabelExpressions',
        duplicate,
        '',
        terms([isIn('a', 'b', 'c')], [isIn('a', 'b')]),
        terms([isIn('a', 'b', 'c')], [isIn('a', 'c', 'b')]),
      ),
      rule(topology, duplicate, '', terms([isIn('a', 'b')]), terms([])),
    ],
    uncovered: [{ path: 'volumeBindingMode', rule: 'is there', why: 'it has a default' }],
  },
  {
    resource: StorageClasses,
    write: 'update',
    base: { ...storageClass, metadata: { name: 'stored' } } as KubeObject,
    rules: [
      fixed('parameters', put({ allowVolumeExpansion: true }), { a: 'c' }),
      fixed('provisioner', put({ mountOptions: ['a'] }), 'q'),
      fixed('reclaimPolicy', 'Delete', 'Retain'),
      rule('volumeBindingMode', invalid, words.immutable, 'Immediate', 'WaitForFirstConsumer'),
    ],
  },
  {
    resource: VolumeAttributesClasses,
    base: { metadata, driverName: 'd', parameters: { a: 'b' } } as KubeObject,
    rules: [
      ...driver('driverName'),
      ...parameters,
      rule('parameters', required, 'must contain at least one key/value pair', { a: '' }, {}),
    ],
  },
  {
    resource: VolumeAttributesClasses,
    write: 'update',
    base: { metadata, driverName: 'd', parameters: { a: 'b' } } as KubeObject,
    rules: [
      fixed('driverName', put({ 'metadata.labels.a': 'b' }), 'e'),
      fixed('parameters', put({ 'metadata.labels.a': 'b' }), { a: 'c' }),
    ],
  },
]

const csiName = (path: string): Rule[] => [
  rule(path, required, '', 'A.b', ''),
  rule(path, tooLong, '63', 'a'.repeat(63), 'a'.repeat(64)),
  rule(path, invalid, words.subdomain, 'A.b', 'a_b'),
]

const source = 'spec.source'
const attachment = {
  metadata,
  spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } },
} as KubeObject
const oneSource = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
const inlineVolumeSpec = { accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h' } }

const inline = (name: string, type: Rule['type'], message: string, accept: unknown, refuse: unknown) => {
  const change = (value: unknown) => put({ [source]: { inlineVolumeSpec: { ...inlineVolumeSpec, [name]: value } } })
  return rule(`${source}.inlineVolumeSpec.${name}`, type, message, change(accept), change(refuse))
}
const notInline = 'may not be specified in the context of inline volumes'
const nodeSelectorTerms = [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }]
const inlineVolume: Rule[] = [
  inline('claimRef', forbidden, notInline, undefined, { name: 'c' }),
  inline('capacity', forbidden, notInline, {}, { storage: '1Gi' }),
  inline('nodeAffinity', forbidden, notInline, undefined, { required: { nodeSelectorTerms } }),
  inline('storageClassName', forbidden, notInline, '', 'c'),
  inline('persistentVolumeReclaimPolicy', forbidden, 'may only be Retain in the context', 'Retain', 'Delete'),
  inline('volumeMode', forbidden, 'may not specify volumeMode other than Filesystem', 'Filesystem', 'Block'),
  inline('csi', required, 'has to be specified in the context', inlineVolumeSpec.csi, undefined),
  inline('accessModes', required, '', ['ReadOnlyMany'], []),
  inline('accessModes', notSupported, '"Sometimes": supported values:', ['ReadWriteMany'], ['Sometimes']),
]

const attachments: Table[] = [
  {
    resource: VolumeAttachments,
    base: attachment,
    rules: [
      ...csiName('spec.attacher'),
      rule('spec.nodeName', invalid, words.subdomain, 'n.m', ''),
      rule(source, required, oneSource, { persistentVolumeName: 'v' }, {}),
      rule(
        source,
        forbidden,
        oneSource,
        { persistentVolumeName: 'v' },
        { persistentVolumeName: 'v', inlineVolumeSpec },
      ),
      rule(`${source}.persistentVolumeName`, required, 'must specify non empty persistentVolumeName', 'v', ''),
      rule(`${source}.persistentVolumeName`, invalid, words.subdomain, 'v.w', 'V'),
      ...inlineVolume,
    ],
  },
  {
    resource: VolumeAttachments,
    write: 'update',
    base: attachment,
    rules: [rule('spec', invalid, words.immutable, put({ 'metadata.labels.a': 'b' }), put({ 'spec.nodeName': 'm' }))],
  },
  {
    resource: VolumeAttachments,
    write: 'status',
    base: { ...attachment, metadata: { name: 'stored' } } as KubeObject,
    rules: [
      rule('status.attachmentMetadata', tooLong, '262144', big(262_144), big(262_146)),
      ...['attachError', 'detachError'].flatMap((name) => [
        rule(`status.${name}.message`, tooLong, '262144', 'é'.repeat(512), 'é'.repeat(513)),
        rule(`status.${name}.errorCode`, invalid, 'must be between 0 and 2147483647, inclusive', 0, -1),
      ]),
    ],
  },
]

const node = { metadata, spec: { drivers: [{ name: 'd', nodeID: 'i', topologyKeys: ['a'] }] } } as KubeObject
const drivers = to('spec.drivers')
const keys = to('spec.drivers[0].topologyKeys')

const csi: Table[] = [
  {
    resource: CSINodes,
    base: node,
    rules: [
      ...csiName('spec.drivers[0].name'),
      rule('spec.drivers[0].nodeID', required, '', 'i', ''),
      rule('spec.drivers[0].nodeID', invalid, 'must be 256 characters or less', 'é'.repeat(128), 'é'.repeat(129)),
      rule('spec.drivers[0].allocatable.count', invalid, words.negative, 0, -1),
      rule(
        'spec.drivers[1].name',
        duplicate,
        '"d"',
        drivers([
          { name: 'd', nodeID: 'i' },
          { name: 'e', nodeID: 'i' },
        ]),
        drivers([
          { name: 'd', nodeID: 'i' },
          { name: 'd', nodeID: 'j' },
        ]),
      ),
      rule('spec.drivers[0]', required, '', keys(['a']), keys(['a', ''])),
      rule('spec.drivers[0]', duplicate, '"a"', keys(['a', 'b']), keys(['a', 'a'])),
      rule('spec.drivers[0]', invalid, words.qualified, keys(['a/b']), keys(['a b'])),
    ],
  },
  {
    resource: CSINodes,
    write: 'update',
    base: node,
    rules: [
      rule(
        'spec.drivers',
        invalid,
        words.immutable,
        put({ 'spec.drivers[0].allocatable': { count: 1 } }),
        put({ 'spec.drivers[0].nodeID': 'j' }),
      ),
      rule('spec.drivers', invalid, words.immutable, drivers([]), keys(['b'])),
    ],
  },
  {
    resource: CSIDrivers,
    base: { metadata, spec: {} } as KubeObject,
    rules: [
      rule(
        'spec.fsGroupPolicy',
        notSupported,
        'supported values: "File", "None", "ReadWriteOnceWithFSType"',
        'File',
        '',
      ),
      rule(
        'spec.volumeLifecycleModes',
        notSupported,
        'supported values: "Persistent", "Ephemeral"',
        ['Ephemeral'],
        ['Sometimes'],
      ),
      rule('spec.nodeAllocatableUpdatePeriodSeconds', invalid, 'must be greater than or equal to 10 seconds', 10, 9),
      rule(
        'spec.tokenRequests[1].audience',
        duplicate,
        '""',
        put({ 'spec.tokenRequests': [{ audience: '' }, { audience: 'a' }] }),
        put({ 'spec.tokenRequests': [{ audience: '' }, { audience: '' }] }),
      ),
      rule(
        'spec.tokenRequests[0].expirationSeconds',
        invalid,
        'may not specify a duration less than 10 minutes',
        600,
        599,
      ),
      rule(
        'spec.tokenRequests[0].expirationSeconds',
        invalid,
        'may not specify a duration larger than 2^32 seconds',
        2 ** 32,
        2 ** 32 + 1,
      ),
    ],
    uncovered: [
      { path: 'spec.*', rule: 'attachRequired and others are there', why: 'they have defaults' },
      { path: 'spec.serviceAccountTokenInSecrets', rule: 'goes with tokenRequests', why: 'not done' },
    ],
  },
  {
    resource: CSIDrivers,
    write: 'update',
    base: { metadata, spec: {} } as KubeObject,
    rules: [
      rule(
        'spec.attachedRequired',
        invalid,
        words.immutable,
        put({ 'spec.podInfoOnMount': true }),
        put({ 'spec.attachRequired': false }),
      ),
      rule('spec.volumeLifecycleModes', invalid, words.immutable, ['Persistent'], ['Ephemeral']),
    ],
  },
  {
    resource: CSIStorageCapacities,
    base: { metadata, storageClassName: 'c' } as KubeObject,
    rules: [
      rule('storageClassName', invalid, words.subdomain, 'a.b', ''),
      rule('capacity', invalid, words.negative, '0', '-1'),
      rule('nodeTopology.matchLabels', invalid, words.qualified, { a: 'b' }, { 'a b': 'c' }),
    ],
  },
  {
    resource: CSIStorageCapacities,
    write: 'update',
    base: { metadata, storageClassName: 'c', nodeTopology: {} } as KubeObject,
    rules: [
      rule('storageClassName', invalid, words.immutable, put({ capacity: '1' }), 'd'),
      rule('nodeTopology', invalid, words.immutable, put({ maximumVolumeSize: '1' }), { matchLabels: { a: 'b' } }),
      rule('nodeTopology', invalid, words.immutable, {}, { matchExpressions: [{ key: 'a', operator: 'Exists' }] }),
    ],
  },
]

export const storageTables: Table[] = [...storageClasses, ...attachments, ...csi]
