import { ObjectReference } from '../../core/v1/reference.ts'
import { bool, int32, list, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { discovery } from './package.ts'

export const EndpointConditions = discovery.message('EndpointConditions', {
  ready: bool(1).explicit(),
  serving: bool(2).explicit(),
  terminating: bool(3).explicit(),
})
export interface EndpointConditions extends TypeOf<typeof EndpointConditions> {}

export const ForNode = discovery.message('ForNode', {
  name: string(1).required(),
})
export interface ForNode extends TypeOf<typeof ForNode> {}

export const ForZone = discovery.message('ForZone', {
  name: string(1).required(),
})
export interface ForZone extends TypeOf<typeof ForZone> {}

export const EndpointHints = discovery.message('EndpointHints', {
  forZones: list(1, ForZone).atomic(),
  forNodes: list(2, ForNode).atomic(),
})
export interface EndpointHints extends TypeOf<typeof EndpointHints> {}

export const Endpoint = discovery.message('Endpoint', {
  addresses: list(1, string).required().set(),
  conditions: ref(2, EndpointConditions),
  hostname: string(3).explicit(),
  targetRef: ref(4, ObjectReference),
  deprecatedTopology: map(5, string),
  nodeName: string(6).explicit(),
  zone: string(7).explicit(),
  hints: ref(8, EndpointHints),
})
export interface Endpoint extends TypeOf<typeof Endpoint> {}

export const EndpointPort = discovery.atomicMessage('EndpointPort', {
  name: string(1).explicit().default(''),
  protocol: string(2).explicit().default('TCP'),
  port: int32(3).explicit(),
  appProtocol: string(4).explicit(),
})
export interface EndpointPort extends TypeOf<typeof EndpointPort> {}

export const EndpointSlice = discovery.kind('EndpointSlice', {
  metadata: ref(1, ObjectMeta),
  endpoints: list(2, Endpoint).atomic(),
  ports: list(3, EndpointPort).atomic(),
  addressType: string(4).required(),
})
export interface EndpointSlice extends TypeOf<typeof EndpointSlice> {}
export const EndpointSliceList = discovery.listOf(EndpointSlice)
export const EndpointSlices = discovery.resource(EndpointSlice, 'endpointslices', { namespaced: true })
