import { bool, bytes, int32, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { apiregistration } from './package.ts'

export const ServiceReference = apiregistration.message('ServiceReference', {
  namespace: string(1),
  name: string(2),
  port: int32(3).explicit().default(443),
})
export interface ServiceReference extends TypeOf<typeof ServiceReference> {}

export const APIServiceSpec = apiregistration.message('APIServiceSpec', {
  service: ref(1, ServiceReference),
  group: string(2),
  version: string(3),
  insecureSkipTLSVerify: bool(4),
  caBundle: bytes(5).atomic(),
  groupPriorityMinimum: int32(7).required(),
  versionPriority: int32(8).required(),
})
export interface APIServiceSpec extends TypeOf<typeof APIServiceSpec> {}

export const APIServiceCondition = apiregistration.message('APIServiceCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
})
export interface APIServiceCondition extends TypeOf<typeof APIServiceCondition> {}

export const APIServiceStatus = apiregistration.message('APIServiceStatus', {
  conditions: list(1, APIServiceCondition).map('type').patch('merge', 'type'),
})
export interface APIServiceStatus extends TypeOf<typeof APIServiceStatus> {}

export const APIService = apiregistration.kind('APIService', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, APIServiceSpec),
  status: ref(3, APIServiceStatus),
})
export interface APIService extends TypeOf<typeof APIService> {}
export const APIServiceList = apiregistration.listOf(APIService)
export const APIServices = apiregistration.resource(APIService, 'apiservices', { namespaced: false })
