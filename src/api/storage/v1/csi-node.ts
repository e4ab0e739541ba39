import { int32, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { storage } from './package.ts'

export const VolumeNodeResources = storage.message('VolumeNodeResources', {
  count: int32(1).explicit(),
})
export interface VolumeNodeResources extends TypeOf<typeof VolumeNodeResources> {}

export const CSINodeDriver = storage.message('CSINodeDriver', {
  name: string(1).required(),
  nodeID: string(2).required(),
  topologyKeys: list(3, string).atomic(),
  allocatable: ref(4, VolumeNodeResources),
})
export interface CSINodeDriver extends TypeOf<typeof CSINodeDriver> {}

export const CSINodeSpec = storage.message('CSINodeSpec', {
  drivers: list(1, CSINodeDriver).required().map('name').patch('merge', 'name'),
})
export interface CSINodeSpec extends TypeOf<typeof CSINodeSpec> {}

export const CSINode = storage.kind('CSINode', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, CSINodeSpec).required(),
})
export interface CSINode extends TypeOf<typeof CSINode> {}
export const CSINodeList = storage.listOf(CSINode)
export const CSINodes = storage.resource(CSINode, 'csinodes', { namespaced: false })
