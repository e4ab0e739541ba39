import { bool, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { meta } from './meta.ts'

export const GroupVersionForDiscovery = meta.message('GroupVersionForDiscovery', {
  groupVersion: string(1).required(),
  version: string(2).required(),
})
export interface GroupVersionForDiscovery extends TypeOf<typeof GroupVersionForDiscovery> {}

export const ServerAddressByClientCIDR = meta.message('ServerAddressByClientCIDR', {
  clientCIDR: string(1).required(),
  serverAddress: string(2).required(),
})
export interface ServerAddressByClientCIDR extends TypeOf<typeof ServerAddressByClientCIDR> {}

export const APIGroup = meta.kind('APIGroup', {
  name: string(1).required(),
  versions: list(2, GroupVersionForDiscovery).required().atomic(),
  preferredVersion: ref(3, GroupVersionForDiscovery),
  serverAddressByClientCIDRs: list(4, ServerAddressByClientCIDR).atomic(),
})
export interface APIGroup extends TypeOf<typeof APIGroup> {}

export const APIGroupList = meta.kind('APIGroupList', {
  groups: list(1, APIGroup).required().atomic(),
})
export interface APIGroupList extends TypeOf<typeof APIGroupList> {}

export const APIResource = meta.message('APIResource', {
  name: string(1).required(),
  namespaced: bool(2).required(),
  kind: string(3).required(),
  verbs: list(4, string).required().wrapped(),
  shortNames: list(5, string).atomic(),
  singularName: string(6).required(),
  categories: list(7, string).atomic(),
  group: string(8),
  version: string(9),
  storageVersionHash: string(10),
})
export interface APIResource extends TypeOf<typeof APIResource> {}

export const APIResourceList = meta.kind('APIResourceList', {
  groupVersion: string(1).required(),
  resources: list(2, APIResource).required().atomic(),
})
export interface APIResourceList extends TypeOf<typeof APIResourceList> {}

export const APIVersions = meta.kind('APIVersions', {
  versions: list(1, string).required().atomic(),
  serverAddressByClientCIDRs: list(2, ServerAddressByClientCIDR).required().atomic(),
})
export interface APIVersions extends TypeOf<typeof APIVersions> {}

export const GroupResource = meta.message('GroupResource', {
  group: string(1).required(),
  resource: string(2).required(),
})
export interface GroupResource extends TypeOf<typeof GroupResource> {}
