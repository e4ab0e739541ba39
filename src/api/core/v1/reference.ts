import { bool, embed, quantity, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { core } from './package.ts'

export const LocalObjectReference = core.atomicMessage('LocalObjectReference', {
  name: string(1),
})
export interface LocalObjectReference extends TypeOf<typeof LocalObjectReference> {}

export const ConfigMapKeySelector = core.atomicMessage('ConfigMapKeySelector', {
  ...embed(1, LocalObjectReference),
  key: string(2).required(),
  optional: bool(3).explicit(),
})
export interface ConfigMapKeySelector extends TypeOf<typeof ConfigMapKeySelector> {}

export const FileKeySelector = core.atomicMessage('FileKeySelector', {
  volumeName: string(1).required(),
  path: string(2).required(),
  key: string(3).required(),
  optional: bool(4).explicit(),
})
export interface FileKeySelector extends TypeOf<typeof FileKeySelector> {}

export const ObjectFieldSelector = core.atomicMessage('ObjectFieldSelector', {
  apiVersion: string(1).default('v1'),
  fieldPath: string(2).required(),
})
export interface ObjectFieldSelector extends TypeOf<typeof ObjectFieldSelector> {}

export const ObjectReference = core.atomicMessage('ObjectReference', {
  kind: string(1),
  namespace: string(2),
  name: string(3),
  uid: string(4),
  apiVersion: string(5),
  resourceVersion: string(6),
  fieldPath: string(7),
})
export interface ObjectReference extends TypeOf<typeof ObjectReference> {}

export const ResourceFieldSelector = core.atomicMessage('ResourceFieldSelector', {
  containerName: string(1),
  resource: string(2).required(),
  divisor: quantity(3),
})
export interface ResourceFieldSelector extends TypeOf<typeof ResourceFieldSelector> {}

export const SecretKeySelector = core.atomicMessage('SecretKeySelector', {
  ...embed(1, LocalObjectReference),
  key: string(2).required(),
  optional: bool(3).explicit(),
})
export interface SecretKeySelector extends TypeOf<typeof SecretKeySelector> {}

export const SecretReference = core.atomicMessage('SecretReference', {
  name: string(1),
  namespace: string(2),
})
export interface SecretReference extends TypeOf<typeof SecretReference> {}

export const TypedLocalObjectReference = core.atomicMessage('TypedLocalObjectReference', {
  apiGroup: string(1).explicit(),
  kind: string(2).required(),
  name: string(3).required(),
})
export interface TypedLocalObjectReference extends TypeOf<typeof TypedLocalObjectReference> {}

export const TypedObjectReference = core.message('TypedObjectReference', {
  apiGroup: string(1).explicit(),
  kind: string(2).required(),
  name: string(3).required(),
  namespace: string(4).explicit(),
})
export interface TypedObjectReference extends TypeOf<typeof TypedObjectReference> {}
