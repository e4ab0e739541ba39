import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain } from '../../../api/names.ts'
import {
  type VolumeAttachment,
  VolumeAttachmentSource,
  VolumeAttachmentSpec,
  VolumeAttachments,
  type VolumeError,
} from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { between, bytesOf, given, required, unchanged } from '../rules/checks.ts'
import { csiDriverName } from '../rules/disks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, boolean, column, nameColumn } from '../table.ts'
import { inlineVolume } from './inline-volume.ts'
import { sizeOf } from './parameters.ts'

export const volumeAttachments: Kind<VolumeAttachment> = {
  type: VolumeAttachments,
  singular: 'volumeattachment',
  generation: 'none',
  hasStatus: true,
  unconditionalUpdate: false,
  prepareForCreate: (attachment) => ({ ...attachment, status: { attached: false } }),
  columns: [
    nameColumn(),
    column('Attacher', ({ spec }) => spec.attacher),
    column('PV', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    column('Node', ({ spec }) => spec.nodeName),
    boolean('Attached', ({ status }) => status.attached ?? false),
    ageColumn(),
  ],
  rules: [
    rule(VolumeAttachmentSpec, {
      attacher: required,
      nodeName: (value = '', field) => given(dns1123Subdomain)(value, field),
    }),
    rule(
      VolumeAttachmentSource,
      { persistentVolumeName: given(dns1123Subdomain), inlineVolumeSpec: inlineVolume },
      (source, field) => {
        const { persistentVolumeName: name, inlineVolumeSpec: inline } = source
        if (name === undefined && !inline) return [fieldError.required(field, oneSource)]
        if (name !== undefined && inline) return [fieldError.forbidden(field, oneSource)]
        return name === ''
          ? [fieldError.required(`${field}.persistentVolumeName`, 'must specify non empty persistentVolumeName')]
          : []
      },
    ),
  ],
  validate: ({ spec, status }, old) => [
    ...(old ? [] : csiDriverName(spec?.attacher, 'spec.attacher')),
    ...statusProblems(status),
  ],
  validateUpdate: (now, old) => unchanged(now.spec, old.spec, 'spec'),
  validateStatusUpdate: ({ status }) => statusProblems(status),
}

const oneSource = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
const maxMetadata = 256 * 1024
const maxMessage = 1024
const maxInt32 = 2 ** 31 - 1

const statusProblems = (status: VolumeAttachment['status']): FieldError[] => [
  ...(sizeOf(status?.attachmentMetadata ?? {}) > maxMetadata
    ? [fieldError.tooLong('status.attachmentMetadata', maxMetadata)]
    : []),
  ...volumeError(status?.attachError, 'status.attachError'),
  ...volumeError(status?.detachError, 'status.detachError'),
]

/** The error of a long message names another limit, as upstream's does. */
const volumeError = ({ message = '', errorCode }: VolumeError = {}, field: string): FieldError[] => [
  ...(bytesOf(message) > maxMessage ? [fieldError.tooLong(`${field}.message`, maxMetadata)] : []),
  ...between(0, maxInt32)(errorCode, `${field}.errorCode`),
]
