import { list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { Condition } from '../../meta/v1/condition.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { networking } from './package.ts'

export const ParentReference = networking.message('ParentReference', {
  group: string(1),
  resource: string(2).required(),
  namespace: string(3),
  name: string(4).required(),
})
export interface ParentReference extends TypeOf<typeof ParentReference> {}

export const IPAddressSpec = networking.message('IPAddressSpec', {
  parentRef: ref(1, ParentReference).required(),
})
export interface IPAddressSpec extends TypeOf<typeof IPAddressSpec> {}

export const IPAddress = networking.kind('IPAddress', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, IPAddressSpec).required(),
})
export interface IPAddress extends TypeOf<typeof IPAddress> {}
export const IPAddressList = networking.listOf(IPAddress)
export const IPAddresses = networking.resource(IPAddress, 'ipaddresses', { namespaced: false })

export const ServiceCIDRSpec = networking.message('ServiceCIDRSpec', {
  cidrs: list(1, string).atomic(),
})
export interface ServiceCIDRSpec extends TypeOf<typeof ServiceCIDRSpec> {}

export const ServiceCIDRStatus = networking.message('ServiceCIDRStatus', {
  conditions: list(1, Condition).map('type').patch('merge', 'type'),
})
export interface ServiceCIDRStatus extends TypeOf<typeof ServiceCIDRStatus> {}

export const ServiceCIDR = networking.kind('ServiceCIDR', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ServiceCIDRSpec),
  status: ref(3, ServiceCIDRStatus),
})
export interface ServiceCIDR extends TypeOf<typeof ServiceCIDR> {}
export const ServiceCIDRList = networking.listOf(ServiceCIDR)
export const ServiceCIDRs = networking.resource(ServiceCIDR, 'servicecidrs', { namespaced: false })
