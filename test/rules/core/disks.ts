import { invalid, notSupported, type put, type Rule, required, rule, words } from '../rule.ts'

import { needs, v, volume } from './volumes.ts'

/** Rules of volumes that are somebody's disks; paths start at the spec. */

const iscsi = (fields: object) =>
  volume({ iscsi: { targetPortal: 'p', iqn: 'iqn.2001-04.com.example:a', lun: 0, ...fields } })
const fc = (fields: object) => volume({ fc: { targetWWNs: ['w'], lun: 0, ...fields } })
const csi = (fields: object) => volume({ csi: { driver: 'd.example.com', ...fields } })
const disk = (fields: object) =>
  volume({ azureDisk: { diskName: 'd', diskURI: 'https://a/d', kind: 'Shared', ...fields } })
const flex = (options: object) => volume({ flexVolume: { driver: 'd', options } })
const storageOs = (fields: object) => volume({ storageos: { volumeName: 'v', ...fields } })
const quobyte = (fields: object) => volume({ quobyte: { registry: 'h:1', volume: 'v', ...fields } })
const flocker = (fields: object) => volume({ flocker: fields })
const ends = (
  at: string,
  make: (value: number) => ReturnType<typeof put>,
  low: number,
  high: number,
  words = `must be between ${low} and ${high}, inclusive`,
) => [rule(at, invalid, words, make(low), make(low - 1)), rule(at, invalid, words, make(high), make(high + 1))]
const format = 'must be valid format'

const devices: Rule[] = [
  ...needs('iscsi', { targetPortal: 'p', iqn: 'iqn.2001-04.com.example:a', lun: 0 }, ['targetPortal', 'iqn']),
  rule(`${v}.iscsi.iqn`, invalid, `${format} starting with iqn, eui, or naa`, iscsi({}), iscsi({ iqn: 'a' })),
  rule(`${v}.iscsi.iqn`, invalid, format, iscsi({}), iscsi({ iqn: 'iqn.2001.com:a' })),
  rule(
    `${v}.iscsi.iqn`,
    invalid,
    format,
    iscsi({ iqn: `eui.${'a'.repeat(16)}` }),
    iscsi({ iqn: `eui.${'a'.repeat(15)}` }),
  ),
  rule(
    `${v}.iscsi.iqn`,
    invalid,
    format,
    iscsi({ iqn: `naa.${'a'.repeat(32)}` }),
    iscsi({ iqn: `naa.${'a'.repeat(31)}` }),
  ),
  ...ends(`${v}.iscsi.lun`, (lun) => iscsi({ lun }), 0, 255),
  rule(
    `${v}.iscsi.secretRef`,
    required,
    '',
    iscsi({ chapAuthDiscovery: true, secretRef: { name: 's' } }),
    iscsi({ chapAuthDiscovery: true }),
  ),
  rule(
    `${v}.iscsi.initiatorname`,
    invalid,
    format,
    iscsi({ initiatorName: 'iqn.2001-04.com.example:b' }),
    iscsi({ initiatorName: 'b' }),
  ),
  rule(
    `${v}.name`,
    invalid,
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
    iscsi({ initiatorName: 'iqn.2001-04.com.example:b', targetPortal: 'p'.repeat(62) }),
    iscsi({ initiatorName: 'iqn.2001-04.com.example:b', targetPortal: 'p'.repeat(63) }),
  ),
  rule(
    `${v}.fc.targetWWNs`,
    required,
    'must specify either targetWWNs or wwids, but not both',
    fc({}),
    volume({ fc: {} }),
  ),
  rule(
    `${v}.fc.targetWWNs`,
    invalid,
    'targetWWNs and wwids can not be specified simultaneously',
    fc({}),
    fc({ wwids: ['w'] }),
  ),
  rule(
    `${v}.fc.lun`,
    required,
    'lun is required if targetWWNs is specified',
    fc({}),
    volume({ fc: { targetWWNs: ['w'] } }),
  ),
  ...ends(`${v}.fc.lun`, (lun) => fc({ lun }), 0, 255),
  ...needs('csi', { driver: 'd' }, ['driver']),
  rule(
    `${v}.csi.driver`,
    'FieldValueTooLong',
    'may not be more than 63 bytes',
    csi({ driver: 'd'.repeat(63) }),
    csi({ driver: 'd'.repeat(64) }),
  ),
  rule(`${v}.csi.driver`, invalid, words.subdomain, csi({ driver: 'D.example' }), csi({ driver: 'd_e' })),
  rule(
    `${v}.csi.nodePublishSecretRef.name`,
    required,
    '',
    csi({ nodePublishSecretRef: { name: 's' } }),
    csi({ nodePublishSecretRef: {} }),
  ),
  rule(
    `${v}.csi.name`,
    invalid,
    words.subdomain,
    csi({ nodePublishSecretRef: { name: 's.t' } }),
    csi({ nodePublishSecretRef: { name: 'S' } }),
  ),
]

const clouds: Rule[] = [
  ...needs('gcePersistentDisk', { pdName: 'd' }, ['pdName'], 'persistentDisk'),
  ...ends(
    `${v}.persistentDisk.partition`,
    (partition) => volume({ gcePersistentDisk: { pdName: 'd', partition } }),
    0,
    255,
    'must be between 1 and 255, inclusive',
  ),
  ...needs('awsElasticBlockStore', { volumeID: 'd' }, ['volumeID']),
  ...ends(
    `${v}.awsElasticBlockStore.partition`,
    (partition) => volume({ awsElasticBlockStore: { volumeID: 'd', partition } }),
    0,
    255,
    'must be between 1 and 255, inclusive',
  ),
  ...needs('gitRepo', { repository: 'r' }, ['repository']),
  rule(
    `${v}.gitRepo.directory`,
    invalid,
    words.backstep,
    volume({ gitRepo: { repository: 'r', directory: 'a' } }),
    volume({ gitRepo: { repository: 'r', directory: '../a' } }),
  ),
  ...needs('glusterfs', { endpoints: 'e', path: 'p' }, ['endpoints', 'path']),
  rule(
    `${v}.flocker`,
    required,
    'one of datasetName and datasetUUID is required',
    flocker({ datasetName: 'd' }),
    flocker({}),
  ),
  rule(
    `${v}.flocker`,
    invalid,
    'datasetName and datasetUUID can not be specified simultaneously',
    flocker({ datasetUUID: 'd' }),
    flocker({ datasetUUID: 'd', datasetName: 'd' }),
  ),
  rule(
    `${v}.flocker.datasetName`,
    invalid,
    "must not contain '/'",
    flocker({ datasetName: 'd' }),
    flocker({ datasetName: 'd/e' }),
  ),
  ...needs('rbd', { monitors: ['m'], image: 'i' }, ['monitors', 'image']),
  ...needs('cinder', { volumeID: 'v' }, ['volumeID']),
  rule(
    `${v}.cinder.secretRef.name`,
    required,
    '',
    volume({ cinder: { volumeID: 'v', secretRef: { name: 's' } } }),
    volume({ cinder: { volumeID: 'v', secretRef: {} } }),
  ),
  ...needs('cephfs', { monitors: ['m'] }, ['monitors']),
  rule(
    `${v}.quobyte.registry`,
    required,
    'must be a host:port pair or multiple pairs separated by commas',
    quobyte({}),
    quobyte({ registry: '' }),
  ),
  rule(
    `${v}.quobyte.registry`,
    invalid,
    'must be a host:port pair or multiple pairs separated by commas',
    quobyte({ registry: 'a:1,b:2' }),
    quobyte({ registry: 'a:1,b' }),
  ),
  rule(
    `${v}.quobyte.tenant`,
    required,
    'must be a UUID and may not exceed a length of 64 characters',
    quobyte({ tenant: 't'.repeat(64) }),
    quobyte({ tenant: 't'.repeat(65) }),
  ),
  ...needs('quobyte', { registry: 'h:1', volume: 'v' }, ['volume']),
  ...needs('flexVolume', { driver: 'd' }, ['driver']),
  rule(
    `${v}.flexVolume.options[a.kubernetes.io/b]`,
    invalid,
    'kubernetes.io and k8s.io namespaces are reserved',
    flex({ 'kubernetes.io.a/b': '' }),
    flex({ 'a.kubernetes.io/b': '' }),
  ),
  rule(
    `${v}.flexVolume.options[k8s.io]`,
    invalid,
    'kubernetes.io and k8s.io namespaces are reserved',
    flex({ 'ak8s.io': '' }),
    flex({ 'k8s.io': '' }),
  ),
  ...needs('azureFile', { secretName: 's', shareName: 's' }, ['secretName', 'shareName']),
  ...needs('azureDisk', { diskName: 'd', diskURI: 'https://a/d', kind: 'Shared' }, ['diskName', 'diskURI']),
  rule(
    `${v}.azureDisk.cachingMode`,
    notSupported,
    '"None", "ReadOnly", "ReadWrite"',
    disk({ cachingMode: 'None' }),
    disk({ cachingMode: 'Some' }),
  ),
  rule(
    `${v}.azureDisk.kind`,
    notSupported,
    '"Dedicated", "Managed", "Shared"',
    disk({ kind: 'Dedicated' }),
    disk({ kind: 'Own' }),
  ),
  rule(
    `${v}.azureDisk.diskURI`,
    notSupported,
    '/subscriptions/',
    disk({ kind: 'Managed', diskURI: '/subscriptions/a' }),
    disk({ kind: 'Managed' }),
  ),
  rule(
    `${v}.azureDisk.diskURI`,
    notSupported,
    'https://{account-name}',
    disk({}),
    disk({ diskURI: '/subscriptions/a' }),
  ),
  ...needs('vsphereVolume', { volumePath: 'p' }, ['volumePath']),
  ...needs('photonPersistentDisk', { pdID: 'p' }, ['pdID']),
  ...needs('portworxVolume', { volumeID: 'p' }, ['volumeID']),
  ...needs('scaleIO', { gateway: 'g', system: 's', volumeName: 'v', secretRef: {} }, [
    'gateway',
    'system',
    'volumeName',
  ]),
  ...needs('storageos', { volumeName: 'v' }, ['volumeName']),
  rule(`${v}.storageos.volumeName`, invalid, words.label, storageOs({}), storageOs({ volumeName: 'V' })),
  rule(
    `${v}.storageos.volumeNamespace`,
    invalid,
    words.label,
    storageOs({ volumeNamespace: 'n' }),
    storageOs({ volumeNamespace: 'N' }),
  ),
  rule(
    `${v}.storageos.secretRef.name`,
    required,
    '',
    storageOs({ secretRef: { name: 's' } }),
    storageOs({ secretRef: {} }),
  ),
]

export const diskRules: Rule[] = [...devices, ...clouds]
