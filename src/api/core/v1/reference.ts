import { bool, embed, quantity, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { core } from './package.ts'

export const LocalObjectReference = core.message(
  'LocalObjectReference',
  {
    name: string(1),
  },
  { atomic: true },
)
export interface LocalObjectReference extends TypeOf<typeof LocalObjectReference> {}

export const ConfigMapKeySelector = core.message(
  'ConfigMapKeySelector',
  {
    ...embed(1, LocalObjectReference),
    key: string(2).required(),
    optional: bool(3).explicit(),
  },
  { atomic: true },
)
export interface ConfigMapKeySelector extends TypeOf<typeof ConfigMapKeySelector> {}

export const FileKeySelector = core.message(
  'FileKeySelector',
  {
    volumeName: string(1).required(),
    path: string(2).required(),
    key: string(3).required(),
    optional: bool(4).explicit(),
  },
  { atomic: true },
)
export interface FileKeySelector extends TypeOf<typeof FileKeySelector> {}

export const ObjectFieldSelector = core.message(
  'ObjectFieldSelector',
  {
    apiVersion: string(1).default('v1'),
    fieldPath: string(2).required(),
  },
  { atomic: true },
)
export interface ObjectFieldSelector extends TypeOf<typeof ObjectFieldSelector> {}

export const ObjectReference = core.message(
  'ObjectReference',
  {
    kind: string(1),
    namespace: string(2),
    name: string(3),
    uid: string(4),
    apiVersion: string(5),
    resourceVersion: string(6),
    fieldPath: string(7),
  },
  { atomic: true },
)
export interface ObjectReference extends TypeOf<typeof ObjectReference> {}

export const ResourceFieldSelector = core.message(
  'ResourceFieldSelector',
  {
    containerName: string(1),
    resource: string(2).required(),
    divisor: quantity(3),
  },
  { atomic: true },
)
export interface ResourceFieldSelector extends TypeOf<typeof ResourceFieldSelector> {}

export const SecretKeySelector = core.message(
  'SecretKeySelector',
  {
    ...embed(1, LocalObjectReference),
    key: string(2).required(),
    optional: bool(3).explicit(),
  },
  { atomic: true },
)
export interface SecretKeySelector extends TypeOf<typeof SecretKeySelector> {}

export const SecretReference = core.message(
  'SecretReference',
  {
    name: string(1),
    namespace: string(2),
  },
  { atomic: true },
)
export interface SecretReference extends TypeOf<typeof SecretReference> {}

export const TypedLocalObjectReference = core.message(
  'TypedLocalObjectReference',
  {
    apiGroup: string(1).explicit(),
    kind: string(2).required(),
    name: string(3).required(),
  },
  { atomic: true },
)
export interface TypedLocalObjectReference extends TypeOf<typeof TypedLocalObjectReference> {}

export const TypedObjectReference = core.message('TypedObjectReference', {
  apiGroup: string(1).explicit(),
  kind: string(2).required(),
  name: string(3).required(),
  namespace: string(4).explicit(),
})
export interface TypedObjectReference extends TypeOf<typeof TypedObjectReference> {}
