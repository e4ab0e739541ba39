import type { UserInfo } from '../../api/call.ts'

/** The user that a ServiceAccount is. */
export const accountUser = (namespace: string, name: string, uid: string): UserInfo => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  uid,
  groups: accountGroups(namespace),
})

/** The groups of every ServiceAccount of a namespace. */
export const accountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
]
