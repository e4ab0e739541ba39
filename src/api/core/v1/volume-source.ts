import { defaults } from '../../machinery/schema/defaults.ts'
import { bool, int32, list, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { core } from './package.ts'
import { LocalObjectReference, ObjectReference, SecretReference } from './reference.ts'

export const AWSElasticBlockStoreVolumeSource = core.message('AWSElasticBlockStoreVolumeSource', {
  volumeID: string(1).required(),
  fsType: string(2),
  partition: int32(3),
  readOnly: bool(4),
})
export interface AWSElasticBlockStoreVolumeSource extends TypeOf<typeof AWSElasticBlockStoreVolumeSource> {}

export const AzureDiskVolumeSource = core.message('AzureDiskVolumeSource', {
  diskName: string(1).required(),
  diskURI: string(2).required(),
  cachingMode: string(3).explicit().oneOf('None', 'ReadOnly', 'ReadWrite').default('ReadWrite'),
  fsType: string(4).explicit().default('ext4'),
  readOnly: bool(5).explicit().default(false),
  kind: string(6).explicit().oneOf('Dedicated', 'Managed', 'Shared').default('Shared'),
})
export interface AzureDiskVolumeSource extends TypeOf<typeof AzureDiskVolumeSource> {}

export const AzureFilePersistentVolumeSource = core.message('AzureFilePersistentVolumeSource', {
  secretName: string(1).required(),
  shareName: string(2).required(),
  readOnly: bool(3),
  secretNamespace: string(4).explicit(),
})
export interface AzureFilePersistentVolumeSource extends TypeOf<typeof AzureFilePersistentVolumeSource> {}

export const AzureFileVolumeSource = core.message('AzureFileVolumeSource', {
  secretName: string(1).required(),
  shareName: string(2).required(),
  readOnly: bool(3),
})
export interface AzureFileVolumeSource extends TypeOf<typeof AzureFileVolumeSource> {}

export const CSIPersistentVolumeSource = core.message('CSIPersistentVolumeSource', {
  driver: string(1).required(),
  volumeHandle: string(2).required(),
  readOnly: bool(3),
  fsType: string(4),
  volumeAttributes: map(5, string),
  controllerPublishSecretRef: ref(6, SecretReference),
  nodeStageSecretRef: ref(7, SecretReference),
  nodePublishSecretRef: ref(8, SecretReference),
  controllerExpandSecretRef: ref(9, SecretReference),
  nodeExpandSecretRef: ref(10, SecretReference),
})
export interface CSIPersistentVolumeSource extends TypeOf<typeof CSIPersistentVolumeSource> {}

export const CSIVolumeSource = core.message('CSIVolumeSource', {
  driver: string(1).required(),
  readOnly: bool(2).explicit(),
  fsType: string(3).explicit(),
  volumeAttributes: map(4, string),
  nodePublishSecretRef: ref(5, LocalObjectReference),
})
export interface CSIVolumeSource extends TypeOf<typeof CSIVolumeSource> {}

export const CephFSPersistentVolumeSource = core.message('CephFSPersistentVolumeSource', {
  monitors: list(1, string).required().atomic(),
  path: string(2),
  user: string(3),
  secretFile: string(4),
  secretRef: ref(5, SecretReference),
  readOnly: bool(6),
})
export interface CephFSPersistentVolumeSource extends TypeOf<typeof CephFSPersistentVolumeSource> {}

export const CephFSVolumeSource = core.message('CephFSVolumeSource', {
  monitors: list(1, string).required().atomic(),
  path: string(2),
  user: string(3),
  secretFile: string(4),
  secretRef: ref(5, LocalObjectReference),
  readOnly: bool(6),
})
export interface CephFSVolumeSource extends TypeOf<typeof CephFSVolumeSource> {}

export const CinderPersistentVolumeSource = core.message('CinderPersistentVolumeSource', {
  volumeID: string(1).required(),
  fsType: string(2),
  readOnly: bool(3),
  secretRef: ref(4, SecretReference),
})
export interface CinderPersistentVolumeSource extends TypeOf<typeof CinderPersistentVolumeSource> {}

export const CinderVolumeSource = core.message('CinderVolumeSource', {
  volumeID: string(1).required(),
  fsType: string(2),
  readOnly: bool(3),
  secretRef: ref(4, LocalObjectReference),
})
export interface CinderVolumeSource extends TypeOf<typeof CinderVolumeSource> {}

export const FCVolumeSource = core.message('FCVolumeSource', {
  targetWWNs: list(1, string).atomic(),
  lun: int32(2).explicit(),
  fsType: string(3),
  readOnly: bool(4),
  wwids: list(5, string).atomic(),
})
export interface FCVolumeSource extends TypeOf<typeof FCVolumeSource> {}

export const FlexPersistentVolumeSource = core.message('FlexPersistentVolumeSource', {
  driver: string(1).required(),
  fsType: string(2),
  secretRef: ref(3, SecretReference),
  readOnly: bool(4),
  options: map(5, string),
})
export interface FlexPersistentVolumeSource extends TypeOf<typeof FlexPersistentVolumeSource> {}

export const FlexVolumeSource = core.message('FlexVolumeSource', {
  driver: string(1).required(),
  fsType: string(2),
  secretRef: ref(3, LocalObjectReference),
  readOnly: bool(4),
  options: map(5, string),
})
export interface FlexVolumeSource extends TypeOf<typeof FlexVolumeSource> {}

export const FlockerVolumeSource = core.message('FlockerVolumeSource', {
  datasetName: string(1),
  datasetUUID: string(2),
})
export interface FlockerVolumeSource extends TypeOf<typeof FlockerVolumeSource> {}

export const GCEPersistentDiskVolumeSource = core.message('GCEPersistentDiskVolumeSource', {
  pdName: string(1).required(),
  fsType: string(2),
  partition: int32(3),
  readOnly: bool(4),
})
export interface GCEPersistentDiskVolumeSource extends TypeOf<typeof GCEPersistentDiskVolumeSource> {}

export const GitRepoVolumeSource = core.message('GitRepoVolumeSource', {
  repository: string(1).required(),
  revision: string(2),
  directory: string(3),
})
export interface GitRepoVolumeSource extends TypeOf<typeof GitRepoVolumeSource> {}

export const GlusterfsPersistentVolumeSource = core.message('GlusterfsPersistentVolumeSource', {
  endpoints: string(1).required(),
  path: string(2).required(),
  readOnly: bool(3),
  endpointsNamespace: string(4).explicit(),
})
export interface GlusterfsPersistentVolumeSource extends TypeOf<typeof GlusterfsPersistentVolumeSource> {}

export const GlusterfsVolumeSource = core.message('GlusterfsVolumeSource', {
  endpoints: string(1).required(),
  path: string(2).required(),
  readOnly: bool(3),
})
export interface GlusterfsVolumeSource extends TypeOf<typeof GlusterfsVolumeSource> {}

export const HostPathVolumeSource = core.message('HostPathVolumeSource', {
  path: string(1).required(),
  type: string(2)
    .explicit()
    .oneOf('', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'),
})
export interface HostPathVolumeSource extends TypeOf<typeof HostPathVolumeSource> {}
defaults(HostPathVolumeSource, (source) => {
  source.type ??= ''
})

export const ISCSIPersistentVolumeSource = core.message('ISCSIPersistentVolumeSource', {
  targetPortal: string(1).required(),
  iqn: string(2).required(),
  lun: int32(3).required(),
  iscsiInterface: string(4).default('default'),
  fsType: string(5),
  readOnly: bool(6),
  portals: list(7, string).atomic(),
  chapAuthDiscovery: bool(8),
  secretRef: ref(10, SecretReference),
  chapAuthSession: bool(11),
  initiatorName: string(12).explicit(),
})
export interface ISCSIPersistentVolumeSource extends TypeOf<typeof ISCSIPersistentVolumeSource> {}

export const ISCSIVolumeSource = core.message('ISCSIVolumeSource', {
  targetPortal: string(1).required(),
  iqn: string(2).required(),
  lun: int32(3).required(),
  iscsiInterface: string(4).default('default'),
  fsType: string(5),
  readOnly: bool(6),
  portals: list(7, string).atomic(),
  chapAuthDiscovery: bool(8),
  secretRef: ref(10, LocalObjectReference),
  chapAuthSession: bool(11),
  initiatorName: string(12).explicit(),
})
export interface ISCSIVolumeSource extends TypeOf<typeof ISCSIVolumeSource> {}

export const LocalVolumeSource = core.message('LocalVolumeSource', {
  path: string(1).required(),
  fsType: string(2).explicit(),
})
export interface LocalVolumeSource extends TypeOf<typeof LocalVolumeSource> {}

export const NFSVolumeSource = core.message('NFSVolumeSource', {
  server: string(1).required(),
  path: string(2).required(),
  readOnly: bool(3),
})
export interface NFSVolumeSource extends TypeOf<typeof NFSVolumeSource> {}

export const PhotonPersistentDiskVolumeSource = core.message('PhotonPersistentDiskVolumeSource', {
  pdID: string(1).required(),
  fsType: string(2),
})
export interface PhotonPersistentDiskVolumeSource extends TypeOf<typeof PhotonPersistentDiskVolumeSource> {}

export const PortworxVolumeSource = core.message('PortworxVolumeSource', {
  volumeID: string(1).required(),
  fsType: string(2),
  readOnly: bool(3),
})
export interface PortworxVolumeSource extends TypeOf<typeof PortworxVolumeSource> {}

export const QuobyteVolumeSource = core.message('QuobyteVolumeSource', {
  registry: string(1).required(),
  volume: string(2).required(),
  readOnly: bool(3),
  user: string(4),
  group: string(5),
  tenant: string(6),
})
export interface QuobyteVolumeSource extends TypeOf<typeof QuobyteVolumeSource> {}

export const RBDPersistentVolumeSource = core.message('RBDPersistentVolumeSource', {
  monitors: list(1, string).required().atomic(),
  image: string(2).required(),
  fsType: string(3),
  pool: string(4).default('rbd'),
  user: string(5).default('admin'),
  keyring: string(6).default('/etc/ceph/keyring'),
  secretRef: ref(7, SecretReference),
  readOnly: bool(8),
})
export interface RBDPersistentVolumeSource extends TypeOf<typeof RBDPersistentVolumeSource> {}

export const ScaleIOPersistentVolumeSource = core.message('ScaleIOPersistentVolumeSource', {
  gateway: string(1).required(),
  system: string(2).required(),
  secretRef: ref(3, SecretReference).required(),
  sslEnabled: bool(4),
  protectionDomain: string(5),
  storagePool: string(6),
  storageMode: string(7).default('ThinProvisioned'),
  volumeName: string(8),
  fsType: string(9).default('xfs'),
  readOnly: bool(10),
})
export interface ScaleIOPersistentVolumeSource extends TypeOf<typeof ScaleIOPersistentVolumeSource> {}

export const StorageOSPersistentVolumeSource = core.message('StorageOSPersistentVolumeSource', {
  volumeName: string(1),
  volumeNamespace: string(2),
  fsType: string(3),
  readOnly: bool(4),
  secretRef: ref(5, ObjectReference),
})
export interface StorageOSPersistentVolumeSource extends TypeOf<typeof StorageOSPersistentVolumeSource> {}

export const VsphereVirtualDiskVolumeSource = core.message('VsphereVirtualDiskVolumeSource', {
  volumePath: string(1).required(),
  fsType: string(2),
  storagePolicyName: string(3),
  storagePolicyID: string(4),
})
export interface VsphereVirtualDiskVolumeSource extends TypeOf<typeof VsphereVirtualDiskVolumeSource> {}

export const PersistentVolumeSource = core.message('PersistentVolumeSource', {
  gcePersistentDisk: ref(1, GCEPersistentDiskVolumeSource),
  awsElasticBlockStore: ref(2, AWSElasticBlockStoreVolumeSource),
  hostPath: ref(3, HostPathVolumeSource),
  glusterfs: ref(4, GlusterfsPersistentVolumeSource),
  nfs: ref(5, NFSVolumeSource),
  rbd: ref(6, RBDPersistentVolumeSource),
  iscsi: ref(7, ISCSIPersistentVolumeSource),
  cinder: ref(8, CinderPersistentVolumeSource),
  cephfs: ref(9, CephFSPersistentVolumeSource),
  fc: ref(10, FCVolumeSource),
  flocker: ref(11, FlockerVolumeSource),
  flexVolume: ref(12, FlexPersistentVolumeSource),
  azureFile: ref(13, AzureFilePersistentVolumeSource),
  vsphereVolume: ref(14, VsphereVirtualDiskVolumeSource),
  quobyte: ref(15, QuobyteVolumeSource),
  azureDisk: ref(16, AzureDiskVolumeSource),
  photonPersistentDisk: ref(17, PhotonPersistentDiskVolumeSource),
  portworxVolume: ref(18, PortworxVolumeSource),
  scaleIO: ref(19, ScaleIOPersistentVolumeSource),
  local: ref(20, LocalVolumeSource),
  storageos: ref(21, StorageOSPersistentVolumeSource),
  csi: ref(22, CSIPersistentVolumeSource),
})
export interface PersistentVolumeSource extends TypeOf<typeof PersistentVolumeSource> {}

export const RBDVolumeSource = core.message('RBDVolumeSource', {
  monitors: list(1, string).required().atomic(),
  image: string(2).required(),
  fsType: string(3),
  pool: string(4).default('rbd'),
  user: string(5).default('admin'),
  keyring: string(6).default('/etc/ceph/keyring'),
  secretRef: ref(7, LocalObjectReference),
  readOnly: bool(8),
})
export interface RBDVolumeSource extends TypeOf<typeof RBDVolumeSource> {}

export const ScaleIOVolumeSource = core.message('ScaleIOVolumeSource', {
  gateway: string(1).required(),
  system: string(2).required(),
  secretRef: ref(3, LocalObjectReference).required(),
  sslEnabled: bool(4),
  protectionDomain: string(5),
  storagePool: string(6),
  storageMode: string(7).default('ThinProvisioned'),
  volumeName: string(8),
  fsType: string(9).default('xfs'),
  readOnly: bool(10),
})
export interface ScaleIOVolumeSource extends TypeOf<typeof ScaleIOVolumeSource> {}

export const StorageOSVolumeSource = core.message('StorageOSVolumeSource', {
  volumeName: string(1),
  volumeNamespace: string(2),
  fsType: string(3),
  readOnly: bool(4),
  secretRef: ref(5, LocalObjectReference),
})
export interface StorageOSVolumeSource extends TypeOf<typeof StorageOSVolumeSource> {}
