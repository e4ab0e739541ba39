import { defaults } from '../../machinery/schema/defaults.ts'
import {
  bool,
  embed,
  int32,
  int64,
  list,
  map,
  quantity,
  ref,
  string,
  type TypeOf,
} from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { pullPolicyOf } from '../pull-policy.ts'
import { core } from './package.ts'
import {
  LocalObjectReference,
  ObjectFieldSelector,
  ResourceFieldSelector,
  TypedLocalObjectReference,
  TypedObjectReference,
} from './reference.ts'
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  CephFSVolumeSource,
  CinderVolumeSource,
  CSIVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  GitRepoVolumeSource,
  GlusterfsVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './volume-source.ts'

export const ClusterTrustBundleProjection = core.message('ClusterTrustBundleProjection', {
  name: string(1).explicit(),
  signerName: string(2).explicit(),
  labelSelector: ref(3, LabelSelector),
  path: string(4).required(),
  optional: bool(5).explicit(),
})
export interface ClusterTrustBundleProjection extends TypeOf<typeof ClusterTrustBundleProjection> {}

export const KeyToPath = core.message('KeyToPath', {
  key: string(1).required(),
  path: string(2).required(),
  mode: int32(3).explicit(),
})
export interface KeyToPath extends TypeOf<typeof KeyToPath> {}

export const ConfigMapProjection = core.message('ConfigMapProjection', {
  ...embed(1, LocalObjectReference),
  items: list(2, KeyToPath).atomic(),
  optional: bool(4).explicit(),
})
export interface ConfigMapProjection extends TypeOf<typeof ConfigMapProjection> {}

export const ConfigMapVolumeSource = core.message('ConfigMapVolumeSource', {
  ...embed(1, LocalObjectReference),
  items: list(2, KeyToPath).atomic(),
  defaultMode: int32(3).explicit().default(0o644),
  optional: bool(4).explicit(),
})
export interface ConfigMapVolumeSource extends TypeOf<typeof ConfigMapVolumeSource> {}

export const DownwardAPIVolumeFile = core.message('DownwardAPIVolumeFile', {
  path: string(1).required(),
  fieldRef: ref(2, ObjectFieldSelector),
  resourceFieldRef: ref(3, ResourceFieldSelector),
  mode: int32(4).explicit(),
})
export interface DownwardAPIVolumeFile extends TypeOf<typeof DownwardAPIVolumeFile> {}

export const DownwardAPIProjection = core.message('DownwardAPIProjection', {
  items: list(1, DownwardAPIVolumeFile).atomic(),
})
export interface DownwardAPIProjection extends TypeOf<typeof DownwardAPIProjection> {}

export const DownwardAPIVolumeSource = core.message('DownwardAPIVolumeSource', {
  items: list(1, DownwardAPIVolumeFile).atomic(),
  defaultMode: int32(2).explicit().default(0o644),
})
export interface DownwardAPIVolumeSource extends TypeOf<typeof DownwardAPIVolumeSource> {}

export const EmptyDirVolumeSource = core.message('EmptyDirVolumeSource', {
  medium: string(1),
  sizeLimit: quantity(2),
})
export interface EmptyDirVolumeSource extends TypeOf<typeof EmptyDirVolumeSource> {}

export const VolumeResourceRequirements = core.message('VolumeResourceRequirements', {
  limits: map(1, quantity),
  requests: map(2, quantity),
})
export interface VolumeResourceRequirements extends TypeOf<typeof VolumeResourceRequirements> {}

export const PersistentVolumeClaimSpec = core.message('PersistentVolumeClaimSpec', 'The storage that is asked for.', {
  accessModes: list(1, string, 'ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.').atomic(),
  resources: ref(2, VolumeResourceRequirements, 'How much.').default({}).byValue(),
  volumeName: string(3, 'The volume it is bound to.'),
  selector: ref(4, LabelSelector, 'Labels of the volumes that will do.'),
  storageClassName: string(5, 'The class; the default one when absent, none at all when empty.').explicit(),
  volumeMode: string(6, 'Filesystem or Block.').explicit().oneOf('Block', 'Filesystem').default('Filesystem'),
  dataSource: ref(7, TypedLocalObjectReference, 'A snapshot or claim to begin with.'),
  dataSourceRef: ref(8, TypedObjectReference),
  volumeAttributesClassName: string(9).explicit(),
})
export interface PersistentVolumeClaimSpec extends TypeOf<typeof PersistentVolumeClaimSpec> {}

export const PersistentVolumeClaimTemplate = core.message('PersistentVolumeClaimTemplate', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, PersistentVolumeClaimSpec).required(),
})
export interface PersistentVolumeClaimTemplate extends TypeOf<typeof PersistentVolumeClaimTemplate> {}

export const EphemeralVolumeSource = core.message('EphemeralVolumeSource', {
  volumeClaimTemplate: ref(1, PersistentVolumeClaimTemplate),
})
export interface EphemeralVolumeSource extends TypeOf<typeof EphemeralVolumeSource> {}

export const ImageVolumeSource = core.message('ImageVolumeSource', {
  reference: string(1),
  pullPolicy: string(2).oneOf('Always', 'IfNotPresent', 'Never'),
})
export interface ImageVolumeSource extends TypeOf<typeof ImageVolumeSource> {}

export const PersistentVolumeClaimVolumeSource = core.message('PersistentVolumeClaimVolumeSource', {
  claimName: string(1).required(),
  readOnly: bool(2),
})
export interface PersistentVolumeClaimVolumeSource extends TypeOf<typeof PersistentVolumeClaimVolumeSource> {}

export const PodCertificateProjection = core.message('PodCertificateProjection', {
  signerName: string(1).required(),
  keyType: string(2).required(),
  maxExpirationSeconds: int32(3).explicit(),
  credentialBundlePath: string(4),
  keyPath: string(5),
  certificateChainPath: string(6),
  userAnnotations: map(7, string),
})
export interface PodCertificateProjection extends TypeOf<typeof PodCertificateProjection> {}

export const SecretProjection = core.message('SecretProjection', {
  ...embed(1, LocalObjectReference),
  items: list(2, KeyToPath).atomic(),
  optional: bool(4).explicit(),
})
export interface SecretProjection extends TypeOf<typeof SecretProjection> {}

export const ServiceAccountTokenProjection = core.message('ServiceAccountTokenProjection', {
  audience: string(1),
  expirationSeconds: int64(2).explicit().default(3600),
  path: string(3).required(),
})
export interface ServiceAccountTokenProjection extends TypeOf<typeof ServiceAccountTokenProjection> {}

export const VolumeProjection = core.message('VolumeProjection', {
  secret: ref(1, SecretProjection),
  downwardAPI: ref(2, DownwardAPIProjection),
  configMap: ref(3, ConfigMapProjection),
  serviceAccountToken: ref(4, ServiceAccountTokenProjection),
  clusterTrustBundle: ref(5, ClusterTrustBundleProjection),
  podCertificate: ref(6, PodCertificateProjection),
})
export interface VolumeProjection extends TypeOf<typeof VolumeProjection> {}

export const ProjectedVolumeSource = core.message('ProjectedVolumeSource', {
  sources: list(1, VolumeProjection).atomic(),
  defaultMode: int32(2).explicit().default(0o644),
})
export interface ProjectedVolumeSource extends TypeOf<typeof ProjectedVolumeSource> {}

export const SecretVolumeSource = core.message('SecretVolumeSource', {
  secretName: string(1),
  items: list(2, KeyToPath).atomic(),
  defaultMode: int32(3).explicit().default(0o644),
  optional: bool(4).explicit(),
})
export interface SecretVolumeSource extends TypeOf<typeof SecretVolumeSource> {}

export const VolumeSource = core.message('VolumeSource', {
  hostPath: ref(1, HostPathVolumeSource, 'A file or directory of the node.'),
  emptyDir: ref(2, EmptyDirVolumeSource, 'A directory that lives as long as the pod.'),
  gcePersistentDisk: ref(3, GCEPersistentDiskVolumeSource),
  awsElasticBlockStore: ref(4, AWSElasticBlockStoreVolumeSource),
  gitRepo: ref(5, GitRepoVolumeSource),
  secret: ref(6, SecretVolumeSource, 'The keys of a secret as files.'),
  nfs: ref(7, NFSVolumeSource, 'An NFS share.'),
  iscsi: ref(8, ISCSIVolumeSource),
  glusterfs: ref(9, GlusterfsVolumeSource),
  persistentVolumeClaim: ref(
    10,
    PersistentVolumeClaimVolumeSource,
    'The volume bound to a claim in the same namespace.',
  ),
  rbd: ref(11, RBDVolumeSource),
  flexVolume: ref(12, FlexVolumeSource),
  cinder: ref(13, CinderVolumeSource),
  cephfs: ref(14, CephFSVolumeSource),
  flocker: ref(15, FlockerVolumeSource),
  downwardAPI: ref(16, DownwardAPIVolumeSource, 'Fields of the pod as files.'),
  fc: ref(17, FCVolumeSource),
  azureFile: ref(18, AzureFileVolumeSource),
  configMap: ref(19, ConfigMapVolumeSource, 'The keys of a config map as files.'),
  vsphereVolume: ref(20, VsphereVirtualDiskVolumeSource),
  quobyte: ref(21, QuobyteVolumeSource),
  azureDisk: ref(22, AzureDiskVolumeSource),
  photonPersistentDisk: ref(23, PhotonPersistentDiskVolumeSource),
  portworxVolume: ref(24, PortworxVolumeSource),
  scaleIO: ref(25, ScaleIOVolumeSource),
  projected: ref(26, ProjectedVolumeSource, 'Several of these in one directory.'),
  storageos: ref(27, StorageOSVolumeSource),
  csi: ref(28, CSIVolumeSource, 'A volume of a CSI driver that lives as long as the pod.'),
  ephemeral: ref(29, EphemeralVolumeSource, 'A claim of its own, made and deleted with the pod.'),
  image: ref(30, ImageVolumeSource, 'The contents of an image.'),
})
export interface VolumeSource extends TypeOf<typeof VolumeSource> {}

export const Volume = core.message(
  'Volume',
  'Something to mount. Exactly one source; an empty directory when there is none.',
  {
    name: string(1, 'Unique in the pod.').required(),
    ...embed(2, VolumeSource),
  },
)
export interface Volume extends TypeOf<typeof Volume> {}
const sources = Object.keys(VolumeSource.fields) as (keyof VolumeSource)[]

defaults(Volume, (volume) => {
  if (!sources.some((source) => volume[source] !== undefined)) volume.emptyDir = {}
  if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference)
})
