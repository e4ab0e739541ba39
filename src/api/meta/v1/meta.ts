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

export const LabelSelectorRequirement = meta.message('LabelSelectorRequirement', 'A requirement on one label.', {
  key: string(1, 'The key of the label.').required(),
  operator: string(2, 'In, NotIn, Exists or DoesNotExist.').required(),
  values: list(3, string, 'The values for In and NotIn.').atomic(),
})
export interface LabelSelectorRequirement extends TypeOf<typeof LabelSelectorRequirement> {}

export const LabelSelector = meta.atomicMessage(
  'LabelSelector',
  'Chooses objects by their labels. All parts must hold; an empty one chooses everything.',
  {
    matchLabels: map(1, string, 'Labels that must be there with these values.'),
    matchExpressions: list(2, LabelSelectorRequirement, 'Further requirements.').atomic(),
  },
)
export interface LabelSelector extends TypeOf<typeof LabelSelector> {}

export const ShardInfo = meta.message('ShardInfo', {
  selector: string(1).required(),
})
export interface ShardInfo extends TypeOf<typeof ShardInfo> {}

export const ListMeta = meta.message('ListMeta', 'What all lists have besides their items.', {
  selfLink: string(1),
  resourceVersion: string(2, 'The version the list was read at: watches begin here.'),
  continue: string(3, 'Not empty when there is more: send it to get the next page.'),
  remainingItemCount: int64(4, 'About how many items follow this page.').explicit(),
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

export const OwnerReference = meta.atomicMessage(
  'OwnerReference',
  'Names an object in the same namespace, or of the whole cluster, that owns this one.',
  {
    kind: string(1).required(),
    name: string(3).required(),
    uid: string(4).required(),
    apiVersion: string(5).required(),
    controller: bool(6, 'True for the one owner that manages this object.').explicit(),
    blockOwnerDeletion: bool(7, 'True: a foreground deletion of the owner waits for this object.').explicit(),
  },
)
export interface OwnerReference extends TypeOf<typeof OwnerReference> {}

export const ObjectMeta = meta.message('ObjectMeta', 'What all objects have besides their kind.', {
  name: string(1, 'Unique in the namespace among objects of its kind. Cannot be changed.'),
  generateName: string(2, 'A name is made of this and random letters, when name is empty.'),
  namespace: string(3, 'The namespace the object is in; empty for objects of the whole cluster.'),
  selfLink: string(4),
  uid: string(5, 'Names this object among all that ever were. Set by the server.'),
  resourceVersion: string(6, 'Changes with every write. An update that says it fails when somebody else was faster.'),
  generation: int64(7, 'Counts the changes of what is wanted.'),
  creationTimestamp: time(8, 'CreationTimestamp is a timestamp of when the object was created. Set by the server.'),
  deletionTimestamp: time(9, 'When the object was asked to go. It goes when its finalizers have been removed.'),
  deletionGracePeriodSeconds: int64(10, 'Seconds the object may take to end in good order.').explicit(),
  labels: map(11, string, 'Keys and values that objects are chosen by.'),
  annotations: map(12, string, 'Keys and values for tools; nothing is chosen by them.'),
  ownerReferences: list(13, OwnerReference, 'The objects this one belongs to: it is deleted when all of them are gone.')
    .map('uid')
    .patch('merge', 'uid'),
  finalizers: list(14, string, 'Who has to do something before the object may go; each removes its own entry.')
    .set()
    .patch('merge'),
  managedFields: list(17, ManagedFieldsEntry, 'Who set which fields: what server-side apply goes by.')
    .atomic()
    // An empty list asks to forget them.
    .explicit(),
})
export interface ObjectMeta extends TypeOf<typeof ObjectMeta> {}
