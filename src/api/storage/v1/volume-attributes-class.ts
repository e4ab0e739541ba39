import { map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { storage } from './package.ts'

export const VolumeAttributesClass = storage.kind('VolumeAttributesClass', {
  metadata: ref(1, ObjectMeta),
  driverName: string(2).required(),
  parameters: map(3, string),
})
export interface VolumeAttributesClass extends TypeOf<typeof VolumeAttributesClass> {}
export const VolumeAttributesClassList = storage.listOf(VolumeAttributesClass)
export const VolumeAttributesClasses = storage.resource(VolumeAttributesClass, 'volumeattributesclasses', {
  namespaced: false,
})
