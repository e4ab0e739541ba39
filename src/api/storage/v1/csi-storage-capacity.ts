import { quantity, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { storage } from './package.ts'

export const CSIStorageCapacity = storage.kind('CSIStorageCapacity', {
  metadata: ref(1, ObjectMeta),
  nodeTopology: ref(2, LabelSelector),
  storageClassName: string(3).required(),
  capacity: quantity(4),
  maximumVolumeSize: quantity(5),
})
export interface CSIStorageCapacity extends TypeOf<typeof CSIStorageCapacity> {}
export const CSIStorageCapacityList = storage.listOf(CSIStorageCapacity)
export const CSIStorageCapacities = storage.resource(CSIStorageCapacity, 'csistoragecapacities', { namespaced: true })
