import {
  ConfigMapVolumeSource,
  DownwardAPIVolumeSource,
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  ImageVolumeSource,
  KeyToPath,
  PersistentVolumeClaimTemplate,
  PersistentVolumeClaimVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
  Volume,
  VolumeSource,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { ObjectMeta } from '../../../api/meta/v1/index.ts'
import { dns1123Label } from '../../../api/names.ts'
import { exactlyOne, named, needs, notNegativeQuantity, required } from './checks.ts'
import { diskRules, gceDiskProblems } from './disks.ts'
import { annotations, labels } from './labels.ts'
import { filePath } from './paths.ts'
import { downwardFiles, fileMode, projectionProblems, projectionRules } from './projections.ts'
import { rule } from './walk.ts'

/** Of two, the error is about the later one; an emptyDir is the first. */
const sources = ['emptyDir', ...Object.keys(VolumeSource.fields).filter((name) => name !== 'emptyDir')]

export const volumeRules = [
  rule(Volume, { name: needs(named(dns1123Label)) }, (volume, field) => [
    ...exactlyOne(volume, sources, field, 'must specify a volume type', 'may not specify more than 1 volume type'),
    ...gceDiskProblems(volume.gcePersistentDisk, field),
    ...longPortal(volume, field),
  ]),
  rule(EmptyDirVolumeSource, {
    sizeLimit: (value, field) =>
      notNegativeQuantity(value, field).map(() =>
        fieldError.forbidden(field, 'SizeLimit field must be a valid resource quantity'),
      ),
  }),
  rule(SecretVolumeSource, { secretName: required, defaultMode: fileMode }),
  rule(ConfigMapVolumeSource, { name: required, defaultMode: fileMode }),
  rule(KeyToPath, { key: required, path: needs(filePath), mode: fileMode }),
  rule(DownwardAPIVolumeSource, { defaultMode: fileMode }, ({ items }, field) => downwardFiles(items, field)),
  rule(ProjectedVolumeSource, { defaultMode: fileMode }, projectionProblems),
  rule(PersistentVolumeClaimVolumeSource, { claimName: required }),
  rule(EphemeralVolumeSource, { volumeClaimTemplate: required }),
  rule(PersistentVolumeClaimTemplate, {}, ({ metadata = {} }, field) => [
    ...annotations(metadata.annotations, `${field}.metadata.annotations`),
    ...labels(metadata.labels, `${field}.metadata.labels`),
    ...Object.keys(ObjectMeta.fields)
      .filter((name) => name !== 'annotations' && name !== 'labels')
      .filter((name) => (metadata as Record<string, unknown>)[name] !== undefined)
      .map((name) => fieldError.forbidden(`${field}.metadata.${name}`, 'cannot be set')),
  ]),
  rule(ImageVolumeSource, { pullPolicy: required }),
  ...diskRules,
  ...projectionRules,
]

const maxPortal = 64

function longPortal({ name = '', iscsi }: Volume, field: string): FieldError[] {
  return iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal}`.length > maxPortal
    ? [
        fieldError.invalid(
          `${field}.name`,
          name,
          'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
        ),
      ]
    : []
}
