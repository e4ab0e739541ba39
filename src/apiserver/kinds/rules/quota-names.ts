/** What a namespace can be given a share of. */

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

const quotaNames = [...compute, ...counted, ...ephemeral, 'requests.storage']

/** What a quota can count. */
export const isQuotaName = (name: string): boolean => quotaNames.includes(name) || /^(requests\.)?hugepages-/.test(name)
