import { embed, list, map, quantity, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { VolumeNodeAffinity } from './affinity.ts'
import { core } from './package.ts'
import { ObjectReference } from './reference.ts'
import { PersistentVolumeClaimSpec } from './volume.ts'
import { PersistentVolumeSource } from './volume-source.ts'

export const ModifyVolumeStatus = core.message('ModifyVolumeStatus', {
  targetVolumeAttributesClassName: string(1),
  status: string(2).required().oneOf('Pending', 'InProgress', 'Infeasible'),
})
export interface ModifyVolumeStatus extends TypeOf<typeof ModifyVolumeStatus> {}

export const PersistentVolumeSpec = core.message('PersistentVolumeSpec', {
  capacity: map(1, quantity),
  ...embed(2, PersistentVolumeSource),
  accessModes: list(3, string).atomic(),
  claimRef: ref(4, ObjectReference).granular(),
  persistentVolumeReclaimPolicy: string(5).oneOf('Delete', 'Recycle', 'Retain').default('Retain'),
  storageClassName: string(6),
  mountOptions: list(7, string).atomic(),
  volumeMode: string(8).explicit().oneOf('Block', 'Filesystem').default('Filesystem'),
  nodeAffinity: ref(9, VolumeNodeAffinity),
  volumeAttributesClassName: string(10).explicit(),
})
export interface PersistentVolumeSpec extends TypeOf<typeof PersistentVolumeSpec> {}

export const PersistentVolumeStatus = core.message('PersistentVolumeStatus', {
  phase: string(1).oneOf('Pending', 'Available', 'Bound', 'Released', 'Failed').default('Pending'),
  message: string(2),
  reason: string(3),
  lastPhaseTransitionTime: time(4),
})
export interface PersistentVolumeStatus extends TypeOf<typeof PersistentVolumeStatus> {}

export const PersistentVolume = core.kind('PersistentVolume', 'A piece of storage in the cluster.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, PersistentVolumeSpec),
  status: ref(3, PersistentVolumeStatus),
})
export interface PersistentVolume extends TypeOf<typeof PersistentVolume> {}
export const PersistentVolumeList = core.listOf(PersistentVolume)
export const PersistentVolumes = core.resource(PersistentVolume, 'persistentvolumes', { namespaced: false })

export const PersistentVolumeClaimCondition = core.message('PersistentVolumeClaimCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastProbeTime: time(3),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
})
export interface PersistentVolumeClaimCondition extends TypeOf<typeof PersistentVolumeClaimCondition> {}

export const PersistentVolumeClaimStatus = core.message('PersistentVolumeClaimStatus', {
  phase: string(1).oneOf('Pending', 'Bound', 'Lost').default('Pending'),
  accessModes: list(2, string).atomic(),
  capacity: map(3, quantity),
  conditions: list(4, PersistentVolumeClaimCondition).map('type').patch('merge', 'type'),
  allocatedResources: map(5, quantity),
  allocatedResourceStatuses: map(7, string).granular(),
  currentVolumeAttributesClassName: string(8).explicit(),
  modifyVolumeStatus: ref(9, ModifyVolumeStatus),
})
export interface PersistentVolumeClaimStatus extends TypeOf<typeof PersistentVolumeClaimStatus> {}

export const PersistentVolumeClaim = core.kind('PersistentVolumeClaim', 'A request for storage.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, PersistentVolumeClaimSpec),
  status: ref(3, PersistentVolumeClaimStatus),
})
export interface PersistentVolumeClaim extends TypeOf<typeof PersistentVolumeClaim> {}
export const PersistentVolumeClaimList = core.listOf(PersistentVolumeClaim)
export const PersistentVolumeClaims = core.resource(PersistentVolumeClaim, 'persistentvolumeclaims', {
  namespaced: true,
})
