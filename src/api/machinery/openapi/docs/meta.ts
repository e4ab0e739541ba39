import type { Docs } from '../docs.ts'

export const metaDocs: Docs = {
  'meta.v1.ObjectMeta': {
    '': 'What all objects have besides their kind.',
    name: 'Unique in the namespace among objects of its kind. Cannot be changed.',
    generateName: 'A name is made of this and random letters, when name is empty.',
    namespace: 'The namespace the object is in; empty for objects of the whole cluster.',
    uid: 'Names this object among all that ever were. Set by the server.',
    resourceVersion: 'Changes with every write. An update that says it fails when somebody else was faster.',
    generation: 'Counts the changes of what is wanted.',
    creationTimestamp: 'CreationTimestamp is a timestamp of when the object was created. Set by the server.',
    deletionTimestamp: 'When the object was asked to go. It goes when its finalizers have been removed.',
    deletionGracePeriodSeconds: 'Seconds the object may take to end in good order.',
    labels: 'Keys and values that objects are chosen by.',
    annotations: 'Keys and values for tools; nothing is chosen by them.',
    ownerReferences: 'The objects this one belongs to: it is deleted when all of them are gone.',
    finalizers: 'Who has to do something before the object may go; each removes its own entry.',
    managedFields: 'Who set which fields: what server-side apply goes by.',
  },
  'meta.v1.ListMeta': {
    '': 'What all lists have besides their items.',
    resourceVersion: 'The version the list was read at: watches begin here.',
    continue: 'Not empty when there is more: send it to get the next page.',
    remainingItemCount: 'About how many items follow this page.',
  },
  'meta.v1.LabelSelector': {
    '': 'Chooses objects by their labels. All parts must hold; an empty one chooses everything.',
    matchLabels: 'Labels that must be there with these values.',
    matchExpressions: 'Further requirements.',
  },
  'meta.v1.LabelSelectorRequirement': {
    '': 'A requirement on one label.',
    key: 'The key of the label.',
    operator: 'In, NotIn, Exists or DoesNotExist.',
    values: 'The values for In and NotIn.',
  },
  'meta.v1.OwnerReference': {
    '': 'Names an object in the same namespace, or of the whole cluster, that owns this one.',
    controller: 'True for the one owner that manages this object.',
    blockOwnerDeletion: 'True: a foreground deletion of the owner waits for this object.',
  },
  'meta.v1.Time': { '': 'A point in time, RFC 3339, to the second.' },
  'meta.v1.MicroTime': { '': 'A point in time, RFC 3339, to the microsecond.' },
  'resource.Quantity': {
    '': 'An amount: a number with a suffix, of thousands (m, k, M, G, T, P, E) or of 1024 (Ki, Mi, Gi, Ti, Pi, Ei).',
  },
  'intstr.IntOrString': { '': 'A number or a text: a port by number or name, a count or a percentage.' },
}
