import { PersistentVolumeSpec } from '../../core/v1/persistent-volume.ts'
import { bool, int32, map, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { storage } from './package.ts'

export const VolumeAttachmentSource = storage.message('VolumeAttachmentSource', {
  persistentVolumeName: string(1).explicit(),
  inlineVolumeSpec: ref(2, PersistentVolumeSpec),
})
export interface VolumeAttachmentSource extends TypeOf<typeof VolumeAttachmentSource> {}

export const VolumeAttachmentSpec = storage.message('VolumeAttachmentSpec', {
  attacher: string(1).required(),
  source: ref(2, VolumeAttachmentSource).required(),
  nodeName: string(3).required(),
})
export interface VolumeAttachmentSpec extends TypeOf<typeof VolumeAttachmentSpec> {}

export const VolumeError = storage.message('VolumeError', {
  time: time(1),
  message: string(2),
  errorCode: int32(3).explicit(),
})
export interface VolumeError extends TypeOf<typeof VolumeError> {}

export const VolumeAttachmentStatus = storage.message('VolumeAttachmentStatus', {
  attached: bool(1).required(),
  attachmentMetadata: map(2, string),
  attachError: ref(3, VolumeError),
  detachError: ref(4, VolumeError),
})
export interface VolumeAttachmentStatus extends TypeOf<typeof VolumeAttachmentStatus> {}

export const VolumeAttachment = storage.kind('VolumeAttachment', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, VolumeAttachmentSpec).required(),
  status: ref(3, VolumeAttachmentStatus),
})
export interface VolumeAttachment extends TypeOf<typeof VolumeAttachment> {}
export const VolumeAttachmentList = storage.listOf(VolumeAttachment)
export const VolumeAttachments = storage.resource(VolumeAttachment, 'volumeattachments', { namespaced: false })
