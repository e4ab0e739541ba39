import { int32, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { protocols } from '../protocols.ts'
import { core } from './package.ts'
import { ObjectReference } from './reference.ts'

export const EndpointAddress = core.atomicMessage('EndpointAddress', {
  ip: string(1).required(),
  targetRef: ref(2, ObjectReference),
  hostname: string(3),
  nodeName: string(4).explicit(),
})
export interface EndpointAddress extends TypeOf<typeof EndpointAddress> {}

export const EndpointPort = core.atomicMessage('EndpointPort', {
  name: string(1),
  port: int32(2).required(),
  protocol: string(3)
    .oneOf(...protocols)
    .default('TCP'),
  appProtocol: string(4).explicit(),
})
export interface EndpointPort extends TypeOf<typeof EndpointPort> {}

export const EndpointSubset = core.message('EndpointSubset', {
  addresses: list(1, EndpointAddress).atomic(),
  notReadyAddresses: list(2, EndpointAddress).atomic(),
  ports: list(3, EndpointPort).atomic(),
})
export interface EndpointSubset extends TypeOf<typeof EndpointSubset> {}

export const Endpoints = core.kind('Endpoints', {
  metadata: ref(1, ObjectMeta),
  subsets: list(2, EndpointSubset).atomic(),
})
export interface Endpoints extends TypeOf<typeof Endpoints> {}
export const EndpointsList = core.listOf(Endpoints)
export const EndpointsResource = core.resource(Endpoints, 'endpoints', { namespaced: true })
