import { NodeSelector } from '../../core/v1/affinity.ts'
import { defaults } from '../../machinery/schema/defaults.ts'
import {
  bool,
  embed,
  int64,
  list,
  map,
  quantity,
  rawExtension,
  ref,
  string,
  type TypeOf,
  time,
} from '../../machinery/schema/schema.ts'
import { Condition } from '../../meta/v1/condition.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { DeviceConfiguration, DeviceSelector } from './device-selector.ts'
import { resource } from './package.ts'

export const NetworkDeviceData = resource.message('NetworkDeviceData', {
  interfaceName: string(1),
  ips: list(2, string).atomic(),
  hardwareAddress: string(3),
})
export interface NetworkDeviceData extends TypeOf<typeof NetworkDeviceData> {}

export const AllocatedDeviceStatus = resource.message('AllocatedDeviceStatus', {
  driver: string(1).required(),
  pool: string(2).required(),
  device: string(3).required(),
  conditions: list(4, Condition).map('type'),
  data: rawExtension(5),
  networkData: ref(6, NetworkDeviceData),
  shareID: string(7).explicit(),
})
export interface AllocatedDeviceStatus extends TypeOf<typeof AllocatedDeviceStatus> {}

export const DeviceAllocationConfiguration = resource.message('DeviceAllocationConfiguration', {
  source: string(1).required().oneOf('FromClass', 'FromClaim'),
  requests: list(2, string).atomic(),
  ...embed(3, DeviceConfiguration),
})
export interface DeviceAllocationConfiguration extends TypeOf<typeof DeviceAllocationConfiguration> {}

export const DeviceToleration = resource.message('DeviceToleration', {
  key: string(1),
  operator: string(2).oneOf('Exists', 'Equal').default('Equal'),
  value: string(3),
  effect: string(4).oneOf('None', 'NoSchedule', 'NoExecute'),
  tolerationSeconds: int64(5).explicit(),
})
export interface DeviceToleration extends TypeOf<typeof DeviceToleration> {}

export const DeviceRequestAllocationResult = resource.message('DeviceRequestAllocationResult', {
  request: string(1).required(),
  driver: string(2).required(),
  pool: string(3).required(),
  device: string(4).required(),
  adminAccess: bool(5).explicit(),
  tolerations: list(6, DeviceToleration).atomic(),
  bindingConditions: list(7, string).atomic(),
  bindingFailureConditions: list(8, string).atomic(),
  shareID: string(9).explicit(),
  consumedCapacity: map(10, quantity),
})
export interface DeviceRequestAllocationResult extends TypeOf<typeof DeviceRequestAllocationResult> {}

export const DeviceAllocationResult = resource.message('DeviceAllocationResult', {
  results: list(1, DeviceRequestAllocationResult).atomic(),
  config: list(2, DeviceAllocationConfiguration).atomic(),
})
export interface DeviceAllocationResult extends TypeOf<typeof DeviceAllocationResult> {}

export const AllocationResult = resource.message('AllocationResult', {
  devices: ref(1, DeviceAllocationResult).byValue(),
  nodeSelector: ref(3, NodeSelector),
  allocationTimestamp: time(5),
})
export interface AllocationResult extends TypeOf<typeof AllocationResult> {}

export const CapacityRequirements = resource.message('CapacityRequirements', {
  requests: map(1, quantity),
})
export interface CapacityRequirements extends TypeOf<typeof CapacityRequirements> {}

export const DeviceClaimConfiguration = resource.message('DeviceClaimConfiguration', {
  requests: list(1, string).atomic(),
  ...embed(2, DeviceConfiguration),
})
export interface DeviceClaimConfiguration extends TypeOf<typeof DeviceClaimConfiguration> {}

export const DeviceConstraint = resource.message('DeviceConstraint', {
  requests: list(1, string).atomic(),
  matchAttribute: string(2).explicit(),
  distinctAttribute: string(3).explicit(),
})
export interface DeviceConstraint extends TypeOf<typeof DeviceConstraint> {}

export const DeviceSubRequest = resource.message('DeviceSubRequest', {
  name: string(1).required(),
  deviceClassName: string(2).required(),
  selectors: list(3, DeviceSelector).atomic(),
  allocationMode: string(4).default('ExactCount'),
  count: int64(5),
  tolerations: list(6, DeviceToleration).atomic(),
  capacity: ref(7, CapacityRequirements),
})
export interface DeviceSubRequest extends TypeOf<typeof DeviceSubRequest> {}
defaults(DeviceSubRequest, fillCount)

export const ExactDeviceRequest = resource.message('ExactDeviceRequest', {
  deviceClassName: string(1).required(),
  selectors: list(2, DeviceSelector).atomic(),
  allocationMode: string(3).default('ExactCount'),
  count: int64(4),
  adminAccess: bool(5).explicit(),
  tolerations: list(6, DeviceToleration).atomic(),
  capacity: ref(7, CapacityRequirements),
})
export interface ExactDeviceRequest extends TypeOf<typeof ExactDeviceRequest> {}
defaults(ExactDeviceRequest, fillCount)

function fillCount(request: ExactDeviceRequest | DeviceSubRequest): void {
  if (request.allocationMode === 'ExactCount') request.count ||= 1
}

export const DeviceRequest = resource.message('DeviceRequest', {
  name: string(1).required(),
  exactly: ref(2, ExactDeviceRequest),
  firstAvailable: list(3, DeviceSubRequest).atomic(),
})
export interface DeviceRequest extends TypeOf<typeof DeviceRequest> {}

export const DeviceClaim = resource.message('DeviceClaim', {
  requests: list(1, DeviceRequest).atomic(),
  constraints: list(2, DeviceConstraint).atomic(),
  config: list(3, DeviceClaimConfiguration).atomic(),
})
export interface DeviceClaim extends TypeOf<typeof DeviceClaim> {}

export const ResourceClaimSpec = resource.message('ResourceClaimSpec', {
  devices: ref(1, DeviceClaim).byValue(),
})
export interface ResourceClaimSpec extends TypeOf<typeof ResourceClaimSpec> {}

export const ResourceClaimConsumerReference = resource.message('ResourceClaimConsumerReference', {
  apiGroup: string(1),
  resource: string(3).required(),
  name: string(4).required(),
  uid: string(5).required(),
})
export interface ResourceClaimConsumerReference extends TypeOf<typeof ResourceClaimConsumerReference> {}

export const ResourceClaimStatus = resource.message('ResourceClaimStatus', {
  allocation: ref(1, AllocationResult),
  reservedFor: list(2, ResourceClaimConsumerReference).map('uid').patch('merge', 'uid'),
  devices: list(4, AllocatedDeviceStatus).map('driver', 'device', 'pool', 'shareID'),
})
export interface ResourceClaimStatus extends TypeOf<typeof ResourceClaimStatus> {}

export const ResourceClaim = resource.kind('ResourceClaim', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ResourceClaimSpec).required(),
  status: ref(3, ResourceClaimStatus),
})
export interface ResourceClaim extends TypeOf<typeof ResourceClaim> {}
export const ResourceClaimList = resource.listOf(ResourceClaim)
export const ResourceClaims = resource.resource(ResourceClaim, 'resourceclaims', { namespaced: true })

export const ResourceClaimTemplateSpec = resource.message('ResourceClaimTemplateSpec', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ResourceClaimSpec).required(),
})
export interface ResourceClaimTemplateSpec extends TypeOf<typeof ResourceClaimTemplateSpec> {}

export const ResourceClaimTemplate = resource.kind('ResourceClaimTemplate', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ResourceClaimTemplateSpec).required(),
})
export interface ResourceClaimTemplate extends TypeOf<typeof ResourceClaimTemplate> {}
export const ResourceClaimTemplateList = resource.listOf(ResourceClaimTemplate)
export const ResourceClaimTemplates = resource.resource(ResourceClaimTemplate, 'resourceclaimtemplates', {
  namespaced: true,
})
