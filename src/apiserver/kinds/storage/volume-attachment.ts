import { type VolumeAttachment, VolumeAttachments } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, boolean, column, nameColumn } from '../table.ts'

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
}
