import { NodeSelector } from '../../core/v1/affinity.ts'
import { bool, int64, list, map, quantity, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { resource } from './package.ts'

export const CapacityRequestPolicyRange = resource.message('CapacityRequestPolicyRange', {
  min: quantity(1).required(),
  max: quantity(2),
  step: quantity(3),
})
export interface CapacityRequestPolicyRange extends TypeOf<typeof CapacityRequestPolicyRange> {}

export const CapacityRequestPolicy = resource.message('CapacityRequestPolicy', {
  default: quantity(1),
  validValues: list(3, quantity).atomic(),
  validRange: ref(4, CapacityRequestPolicyRange),
})
export interface CapacityRequestPolicy extends TypeOf<typeof CapacityRequestPolicy> {}

export const Counter = resource.message('Counter', {
  value: quantity(1).required(),
})
export interface Counter extends TypeOf<typeof Counter> {}

export const CounterSet = resource.message('CounterSet', {
  name: string(1).required(),
  counters: map(2, Counter).required(),
})
export interface CounterSet extends TypeOf<typeof CounterSet> {}

export const DeviceAttribute = resource.message('DeviceAttribute', {
  int: int64(2).explicit(),
  bool: bool(3).explicit(),
  string: string(4).explicit(),
  version: string(5).explicit(),
  ints: list(6, int64).atomic(),
  bools: list(7, bool).atomic(),
  strings: list(8, string).atomic(),
  versions: list(9, string).atomic(),
})
export interface DeviceAttribute extends TypeOf<typeof DeviceAttribute> {}

export const DeviceCapacity = resource.message('DeviceCapacity', {
  value: quantity(1).required(),
  requestPolicy: ref(2, CapacityRequestPolicy),
})
export interface DeviceCapacity extends TypeOf<typeof DeviceCapacity> {}

export const DeviceCounterConsumption = resource.message('DeviceCounterConsumption', {
  counterSet: string(1).required(),
  counters: map(2, Counter).required(),
})
export interface DeviceCounterConsumption extends TypeOf<typeof DeviceCounterConsumption> {}

export const DeviceTaint = resource.message('DeviceTaint', {
  key: string(1).required(),
  value: string(2),
  effect: string(3).required().oneOf('None', 'NoSchedule', 'NoExecute'),
  timeAdded: time(4),
})
export interface DeviceTaint extends TypeOf<typeof DeviceTaint> {}

export const NodeAllocatableResourceMapping = resource.message('NodeAllocatableResourceMapping', {
  capacityKey: string(1).explicit(),
  allocationMultiplier: quantity(2),
})
export interface NodeAllocatableResourceMapping extends TypeOf<typeof NodeAllocatableResourceMapping> {}

export const Device = resource.message('Device', {
  name: string(1).required(),
  attributes: map(2, DeviceAttribute),
  capacity: map(3, DeviceCapacity),
  consumesCounters: list(4, DeviceCounterConsumption).atomic(),
  nodeName: string(5).explicit(),
  nodeSelector: ref(6, NodeSelector),
  allNodes: bool(7).explicit(),
  taints: list(8, DeviceTaint).atomic(),
  bindsToNode: bool(9).explicit(),
  bindingConditions: list(10, string).atomic(),
  bindingFailureConditions: list(11, string).atomic(),
  allowMultipleAllocations: bool(12).explicit(),
  nodeAllocatableResourceMappings: map(13, NodeAllocatableResourceMapping),
})
export interface Device extends TypeOf<typeof Device> {}

export const ResourcePool = resource.message('ResourcePool', {
  name: string(1).required(),
  generation: int64(2).required(),
  resourceSliceCount: int64(3).required(),
})
export interface ResourcePool extends TypeOf<typeof ResourcePool> {}

export const ResourceSliceSpec = resource.message('ResourceSliceSpec', {
  driver: string(1).required(),
  pool: ref(2, ResourcePool).required(),
  nodeName: string(3).explicit(),
  nodeSelector: ref(4, NodeSelector),
  allNodes: bool(5).explicit(),
  devices: list(6, Device).atomic(),
  perDeviceNodeSelection: bool(7).explicit(),
  sharedCounters: list(8, CounterSet).atomic(),
})
export interface ResourceSliceSpec extends TypeOf<typeof ResourceSliceSpec> {}

export const ResourceSlice = resource.kind('ResourceSlice', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ResourceSliceSpec).required(),
})
export interface ResourceSlice extends TypeOf<typeof ResourceSlice> {}
export const ResourceSliceList = resource.listOf(ResourceSlice)
export const ResourceSlices = resource.resource(ResourceSlice, 'resourceslices', { namespaced: false })
