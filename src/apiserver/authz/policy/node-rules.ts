import type { RuleLine } from './notation.ts'

/** What all who tell of events may do. */
export const events: RuleLine = 'create patch update: events @ core events.k8s.io'

/** What the Node authorizer allows every node agent, besides the objects that it relates to one node. Upstream's `NodeRules`. */
export const nodeRules: readonly RuleLine[] = [
  'create: tokenreviews @ authentication.k8s.io',
  'create: localsubjectaccessreviews subjectaccessreviews @ authorization.k8s.io',
  'read: services',
  'create read: nodes',
  'patch update: nodes/status',
  'patch update: nodes',
  events,
  'read: pods',
  'create delete: pods',
  'patch update: pods/status',
  'create: pods/eviction',
  'read: configmaps secrets',
  'get: persistentvolumeclaims persistentvolumes',
  'get: endpoints',
  'create read: certificatesigningrequests @ certificates.k8s.io',
  'create delete get patch update: leases @ coordination.k8s.io',
  'get: volumeattachments @ storage.k8s.io',
  'create: serviceaccounts/token',
  'get patch update: persistentvolumeclaims/status',
  'read: csidrivers @ storage.k8s.io',
  'create delete get patch update: csinodes @ storage.k8s.io',
  'read: runtimeclasses @ node.k8s.io',
  'get: resourceclaims @ resource.k8s.io',
  'deletecollection: resourceslices @ resource.k8s.io',
  'get: serviceaccounts',
]
