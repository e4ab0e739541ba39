import * as core from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, dns1123Subdomain, outOfRange } from '../../../api/names.ts'
import { between, named, needs, notSaidHere, required } from './checks.ts'
import { noBackSteps, relativePath } from './paths.ts'
import { type Check, rule } from './walk.ts'

/** Volumes of storage providers, in pods and as PersistentVolumes. */

const label = named(dns1123Label)

/** The partitions of a disk, of which none is 0; upstream's words forget that one. */
const partition: Check<number> = (value = 0, field) =>
  value < 0 || value > 255 ? [fieldError.invalid(field, value, outOfRange(1, 255))] : []

/** A secret beside the volume's user, and one with a namespace of its own. */
const secretName: Check<{ name?: string }> = (ref, field) => (ref ? required(ref.name, `${field}.name`) : [])
const secretPlace: Check<{ name?: string; namespace?: string }> = (ref, field) =>
  ref ? [...required(ref.name, `${field}.name`), ...required(ref.namespace, `${field}.namespace`)] : []
const pvSecret: Check<{ name?: string; namespace?: string }> = (ref, field) =>
  ref
    ? [
        ...needs(named(dns1123Subdomain))(ref.name, `${field}.name`),
        ...needs(label)(ref.namespace, `${field}.namespace`),
      ]
    : []

/** iSCSI names of three kinds: by date and domain, by EUI-64, by NAA. */
const initiators: [prefix: string, format: RegExp][] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[A-Za-z0-9]{16}$/],
  ['naa', /^naa.[A-Za-z0-9]{32}$/],
]
function initiator(value: string, field: string): FieldError[] {
  const kind = initiators.find(([prefix]) => value.startsWith(prefix))
  if (!kind) return [fieldError.invalid(field, value, 'must be valid format starting with iqn, eui, or naa')]
  return kind[1].test(value) ? [] : [fieldError.invalid(field, value, 'must be valid format')]
}
const iqn = needs<string>((value = '', field) => initiator(value, field))
const iscsiAccess = (
  source: { chapAuthDiscovery?: boolean; chapAuthSession?: boolean; secretRef?: object; initiatorName?: string },
  field: string,
): FieldError[] => [
  ...((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef
    ? [fieldError.required(`${field}.secretRef`)]
    : []),
  ...(source.initiatorName === undefined ? [] : initiator(source.initiatorName, `${field}.initiatorname`)),
]

export const csiDriverName: Check<string> = (value = '', field) => [
  ...required(value, field),
  ...(value.length > 63 ? [fieldError.tooLong(field, 63)] : []),
  ...dns1123Subdomain(value.toLowerCase()).map((problem) => fieldError.invalid(field, value, problem)),
]

const flexOptions: Check<Record<string, string>> = (options = {}, field) =>
  Object.keys(options)
    .filter((key) => /\.(kubernetes|k8s)\.io$/.test(`.${key.split('/')[0]?.toLowerCase()}`))
    .map((key) => fieldError.invalid(`${field}[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'))

const registryWords = 'must be a host:port pair or multiple pairs separated by commas'
function quobyteRegistry({ registry, tenant = '' }: core.QuobyteVolumeSource, field: string): FieldError[] {
  if (!registry) return [fieldError.required(`${field}.registry`, registryWords)]
  if (tenant.length > 64)
    return [fieldError.required(`${field}.tenant`, 'must be a UUID and may not exceed a length of 64 characters')]
  return registry
    .split(',')
    .filter((pair) => !/^([^:]*|\[[^\]]*\]):[^:]*$/.test(pair))
    .map(() => fieldError.invalid(`${field}.registry`, registry, registryWords))
}

const diskUris = {
  managed: '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
  blob: 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd',
}
function azureUri({ kind, diskURI = '' }: core.AzureDiskVolumeSource, field: string): FieldError[] {
  if (!kind) return []
  const [start, words] = kind === 'Managed' ? ['/subscriptions/', diskUris.managed] : ['https://', diskUris.blob]
  return diskURI.startsWith(start) ? [] : [fieldError.notSupported(`${field}.diskURI`, diskURI, [words])]
}

const storageOs = { volumeName: needs(label), volumeNamespace: label }
const scaleIo = { gateway: required, system: required, volumeName: required }
const glusterfs = { endpoints: required, path: required }
const azureFile = { secretName: required, shareName: required }
const rbd = { monitors: required, image: required }

export const diskRules = [
  rule(core.HostPathVolumeSource, {
    path: needs(noBackSteps),
  }),
  rule(core.LocalVolumeSource, { path: needs(noBackSteps) }),
  rule(core.NFSVolumeSource, {
    server: required,
    path: (value = '', field) => [
      ...required(value, field),
      ...(value.startsWith('/') ? [] : [fieldError.invalid(field, value, 'must be an absolute path')]),
    ],
  }),
  rule(core.ISCSIVolumeSource, { targetPortal: required, iqn, lun: between(0, 255) }, iscsiAccess),
  rule(
    core.ISCSIPersistentVolumeSource,
    { targetPortal: required, iqn, lun: between(0, 255), secretRef: secretName },
    iscsiAccess,
  ),
  rule(core.FCVolumeSource, {}, ({ targetWWNs = [], wwids = [], lun }, field) => {
    const errors: FieldError[] = []
    const at = `${field}.targetWWNs`
    if (!targetWWNs.length && !wwids.length)
      errors.push(fieldError.required(at, 'must specify either targetWWNs or wwids, but not both'))
    if (targetWWNs.length && wwids.length)
      errors.push(fieldError.invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'))
    if (!targetWWNs.length) return errors
    if (lun === undefined)
      return [...errors, fieldError.required(`${field}.lun`, 'lun is required if targetWWNs is specified')]
    return [...errors, ...between(0, 255)(lun, `${field}.lun`)]
  }),
  rule(core.CSIVolumeSource, { driver: csiDriverName }, ({ nodePublishSecretRef: ref }, field) => {
    if (!ref) return []
    // Upstream's paths: of a secret without a name, and of a bad name.
    return ref.name
      ? named(dns1123Subdomain)(ref.name, `${field}.name`)
      : [fieldError.required(`${field}.nodePublishSecretRef.name`)]
  }),
  rule(core.CSIPersistentVolumeSource, {
    driver: csiDriverName,
    volumeHandle: required,
    controllerPublishSecretRef: pvSecret,
    controllerExpandSecretRef: pvSecret,
    nodePublishSecretRef: pvSecret,
    nodeExpandSecretRef: pvSecret,
  }),
  rule(core.AWSElasticBlockStoreVolumeSource, { volumeID: required, partition }),
  rule(core.GitRepoVolumeSource, { repository: required, directory: relativePath }),
  rule(core.GlusterfsVolumeSource, glusterfs),
  rule(core.GlusterfsPersistentVolumeSource, {
    ...glusterfs,
    endpointsNamespace: (value, field) => {
      if (value === undefined) return []
      return value
        ? label(value, field)
        : [fieldError.invalid(field, value, 'if the endpointnamespace is set, it must be a valid namespace name')]
    },
  }),
  rule(core.FlockerVolumeSource, {}, ({ datasetName = '', datasetUUID = '' }, field) => [
    ...(datasetName || datasetUUID
      ? []
      : [fieldError.required(field, 'one of datasetName and datasetUUID is required')]),
    ...(datasetName && datasetUUID
      ? [fieldError.invalid(field, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')]
      : []),
    ...(datasetName.includes('/')
      ? [fieldError.invalid(`${field}.datasetName`, datasetName, "must not contain '/'")]
      : []),
  ]),
  rule(core.RBDVolumeSource, rbd),
  rule(core.RBDPersistentVolumeSource, rbd),
  rule(core.CinderVolumeSource, { volumeID: required, secretRef: secretName }),
  rule(core.CinderPersistentVolumeSource, { volumeID: required, secretRef: secretPlace }),
  rule(core.CephFSVolumeSource, { monitors: required }),
  rule(core.CephFSPersistentVolumeSource, { monitors: required }),
  rule(core.QuobyteVolumeSource, { volume: required }, quobyteRegistry),
  rule(core.FlexVolumeSource, { driver: required, options: flexOptions }),
  rule(core.FlexPersistentVolumeSource, { driver: required, options: flexOptions }),
  rule(core.AzureFileVolumeSource, azureFile),
  rule(core.AzureFilePersistentVolumeSource, {
    ...azureFile,
    secretNamespace: (value, field) => (value === '' ? [fieldError.required(field)] : []),
  }),
  rule(
    core.AzureDiskVolumeSource,
    {
      diskName: required,
      diskURI: required,
    },
    azureUri,
  ),
  rule(core.VsphereVirtualDiskVolumeSource, { volumePath: required }),
  rule(core.PhotonPersistentDiskVolumeSource, { pdID: required }),
  rule(core.PortworxVolumeSource, { volumeID: required }),
  rule(core.ScaleIOVolumeSource, scaleIo),
  rule(core.ScaleIOPersistentVolumeSource, scaleIo),
  rule(core.StorageOSVolumeSource, { ...storageOs, secretRef: secretName }),
  rule(core.StorageOSPersistentVolumeSource, { ...storageOs, secretRef: secretPlace }),
  rule(core.GCEPersistentDiskVolumeSource, { pdName: notSaidHere }),
]

/** Upstream's path is not the field's. */
export const gceDiskProblems = (disk: core.GCEPersistentDiskVolumeSource | undefined, field: string): FieldError[] =>
  disk
    ? [
        ...required(disk.pdName, `${field}.persistentDisk.pdName`),
        ...partition(disk.partition, `${field}.persistentDisk.partition`),
      ]
    : []
