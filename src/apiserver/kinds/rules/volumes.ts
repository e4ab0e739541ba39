import {
  ConfigMapProjection,
  ConfigMapVolumeSource,
  CSIVolumeSource,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
  ISCSIVolumeSource,
  KeyToPath,
  NFSVolumeSource,
  PersistentVolumeClaimVolumeSource,
  ProjectedVolumeSource,
  SecretProjection,
  SecretVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
  VolumeSource,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label } from '../../../api/names.ts'
import { between, duplicates, exactlyOne, named, needs, notNegativeQuantity, oneOf, required } from './checks.ts'
import { noBackSteps, relativePath } from './containers.ts'
import { resourceField, volumeField } from './environment.ts'
import { type Check, rule } from './walk.ts'

const sources = Object.keys(VolumeSource.fields)
const projections = Object.keys(VolumeProjection.fields)

const mode: Check<number> = (value, field) =>
  value === undefined || (value >= 0 && value <= 0o777)
    ? []
    : [fieldError.invalid(field, value, 'must be a number between 0 and 0777 (octal), both inclusive')]

/** A path inside a volume. */
const filePath: Check<string> = (value, field) =>
  value?.startsWith('..') && !value.split('/').includes('..')
    ? [fieldError.invalid(field, value, "must not start with '..'")]
    : relativePath(value, field)

const items: Check<{ path: string }[]> = (list = [], field) =>
  duplicates(list.map(({ path }, i) => [path, `${field}[${i}].path`]))

const hostPathTypes = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice',
]
const tenMinutes = 600

export const volumeRules = [
  rule(Volume, { name: needs(named(dns1123Label)) }, (volume, field) =>
    exactlyOne(volume, sources, field, 'must specify a volume type', 'may not specify more than 1 volume type'),
  ),
  rule(EmptyDirVolumeSource, {
    sizeLimit: (value, field) =>
      notNegativeQuantity(value, field).map(() =>
        fieldError.forbidden(field, 'SizeLimit field must be a valid resource quantity'),
      ),
  }),
  rule(HostPathVolumeSource, {
    path: needs(noBackSteps),
    type: (value, field) =>
      value && !hostPathTypes.includes(value) ? [fieldError.notSupported(field, value, hostPathTypes)] : [],
  }),
  rule(SecretVolumeSource, { secretName: required, defaultMode: mode, items }),
  rule(ConfigMapVolumeSource, { name: required, defaultMode: mode, items }),
  rule(KeyToPath, { key: required, path: needs(filePath), mode }),
  rule(DownwardAPIVolumeSource, { defaultMode: mode, items }),
  rule(
    DownwardAPIVolumeFile,
    { path: needs(filePath), mode, fieldRef: volumeField, resourceFieldRef: resourceField },
    ({ fieldRef, resourceFieldRef }, field): FieldError[] => {
      if (fieldRef && resourceFieldRef)
        return [
          fieldError.invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
        ]
      if (resourceFieldRef && !resourceFieldRef.containerName)
        return [fieldError.required(`${field}.resourceFieldRef.containerName`)]
      return fieldRef || resourceFieldRef
        ? []
        : [fieldError.required(field, 'one of fieldRef and resourceFieldRef is required')]
    },
  ),
  rule(ProjectedVolumeSource, { defaultMode: mode }, ({ sources: list = [] }, field) => {
    const paths = list.flatMap((source, i) => pathsOf(source).map((path): [string, number] => [path, i]))
    const seen = new Map<string, number>()
    return paths.flatMap(([path, i]) => {
      const first = seen.get(path)
      if (first === undefined) seen.set(path, i)
      return first === undefined || first === i
        ? []
        : [fieldError.invalid(`${field}.sources[${i}]`, path, 'conflicting duplicate paths')]
    })
  }),
  rule(VolumeProjection, {}, (projection, field) =>
    exactlyOne(
      projection,
      projections,
      field,
      'must specify a volume source',
      'may not specify more than 1 volume type',
    ),
  ),
  rule(SecretProjection, { name: required, items }),
  rule(ConfigMapProjection, { name: required, items }),
  rule(ServiceAccountTokenProjection, {
    path: needs(filePath),
    expirationSeconds: (value = 3600, field) => {
      if (value < tenMinutes)
        return [fieldError.invalid(field, value, 'may not specify a duration less than 10 minutes')]
      return value > 2 ** 32
        ? [fieldError.invalid(field, value, 'may not specify a duration larger than 2^32 seconds')]
        : []
    },
  }),
  rule(PersistentVolumeClaimVolumeSource, { claimName: required }),
  rule(EphemeralVolumeSource, { volumeClaimTemplate: required }),
  rule(NFSVolumeSource, {
    server: required,
    path: needs((value, field) =>
      value?.startsWith('/') ? [] : [fieldError.invalid(field, value, 'must be an absolute path')],
    ),
  }),
  rule(ISCSIVolumeSource, { targetPortal: required, iqn: required, lun: between(0, 255) }),
  rule(CSIVolumeSource, { driver: required }),
  rule(ImageVolumeSource, { reference: required, pullPolicy: oneOf('Always', 'IfNotPresent', 'Never') }),
]

function pathsOf({
  secret,
  configMap,
  downwardAPI,
  serviceAccountToken,
  clusterTrustBundle,
}: VolumeProjection): string[] {
  return [
    ...[secret, configMap, downwardAPI].flatMap((source) => (source?.items ?? []).map(({ path }) => path)),
    ...[serviceAccountToken, clusterTrustBundle].flatMap((source) => (source ? [source.path] : [])),
  ]
}
