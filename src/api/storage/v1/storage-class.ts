import { TopologySelectorTerm } from '../../core/v1/affinity.ts'
import { bool, list, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { storage } from './package.ts'

export const StorageClass = storage.kind('StorageClass', {
  metadata: ref(1, ObjectMeta),
  provisioner: string(2).required(),
  parameters: map(3, string),
  reclaimPolicy: string(4).explicit().default('Delete'),
  mountOptions: list(5, string).atomic(),
  allowVolumeExpansion: bool(6).explicit(),
  volumeBindingMode: string(7).explicit().oneOf('Immediate', 'WaitForFirstConsumer').default('Immediate'),
  allowedTopologies: list(8, TopologySelectorTerm).atomic(),
})
export interface StorageClass extends TypeOf<typeof StorageClass> {}
export const StorageClassList = storage.listOf(StorageClass)
export const StorageClasses = storage.resource(StorageClass, 'storageclasses', { namespaced: false })
