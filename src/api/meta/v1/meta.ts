import {
  bool,
  declarations,
  fieldsV1,
  int64,
  list,
  map,
  ref,
  string,
  type TypeOf,
  time,
} from '../../machinery/schema/schema.ts'

export const meta = declarations('io.k8s.apimachinery.pkg.apis.meta.v1', '', 'v1')

export const FieldSelectorRequirement = meta.message('FieldSelectorRequirement', {
  key: string(1).required(),
  operator: string(2).required(),
  values: list(3, string).atomic(),
})
export interface FieldSelectorRequirement extends TypeOf<typeof FieldSelectorRequirement> {}

export const LabelSelectorRequirement = meta.message('LabelSelectorRequirement', {
  key: string(1).required(),
  operator: string(2).required(),
  values: list(3, string).atomic(),
})
export interface LabelSelectorRequirement extends TypeOf<typeof LabelSelectorRequirement> {}

export const LabelSelector = meta.message(
  'LabelSelector',
  {
    matchLabels: map(1, string),
    matchExpressions: list(2, LabelSelectorRequirement).atomic(),
  },
  { atomic: true },
)
export interface LabelSelector extends TypeOf<typeof LabelSelector> {}

export const ShardInfo = meta.message('ShardInfo', {
  selector: string(1).required(),
})
export interface ShardInfo extends TypeOf<typeof ShardInfo> {}

export const ListMeta = meta.message('ListMeta', {
  selfLink: string(1),
  resourceVersion: string(2),
  continue: string(3),
  remainingItemCount: int64(4).explicit(),
  shardInfo: ref(5, ShardInfo),
})
export interface ListMeta extends TypeOf<typeof ListMeta> {}

export const ManagedFieldsEntry = meta.message('ManagedFieldsEntry', {
  manager: string(1),
  operation: string(2),
  apiVersion: string(3),
  time: time(4),
  fieldsType: string(6),
  fieldsV1: fieldsV1(7),
  subresource: string(8),
})
export interface ManagedFieldsEntry extends TypeOf<typeof ManagedFieldsEntry> {}

export const OwnerReference = meta.message(
  'OwnerReference',
  {
    kind: string(1).required(),
    name: string(3).required(),
    uid: string(4).required(),
    apiVersion: string(5).required(),
    controller: bool(6).explicit(),
    blockOwnerDeletion: bool(7).explicit(),
  },
  { atomic: true },
)
export interface OwnerReference extends TypeOf<typeof OwnerReference> {}

export const ObjectMeta = meta.message('ObjectMeta', {
  name: string(1),
  generateName: string(2),
  namespace: string(3),
  selfLink: string(4),
  uid: string(5),
  resourceVersion: string(6),
  generation: int64(7),
  creationTimestamp: time(8),
  deletionTimestamp: time(9),
  deletionGracePeriodSeconds: int64(10).explicit(),
  labels: map(11, string),
  annotations: map(12, string),
  ownerReferences: list(13, OwnerReference).map('uid').patch('merge', 'uid'),
  finalizers: list(14, string).set().patch('merge'),
  managedFields: list(17, ManagedFieldsEntry).atomic(),
})
export interface ObjectMeta extends TypeOf<typeof ObjectMeta> {}
