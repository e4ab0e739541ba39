/** What a namespace can be given a share of. */

/** What a namespace may use: quotas and limit ranges. */

export const compute = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']

/** Of these there are only whole ones. */
export const counted = [
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]

const ephemeral = ['ephemeral-storage', 'requests.ephemeral-storage', 'limits.ephemeral-storage']

export const quotaNames = [...compute, ...counted, ...ephemeral, 'requests.storage']
