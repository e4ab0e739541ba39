import type { UserInfo } from '../../api/call.ts'
import type { Authorizer } from './authorizer.ts'

const everything = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
}
const nothing = { resourceRules: [], nonResourceRules: [], incomplete: false }

/** `AlwaysAllow` */
export const alwaysAllow: Authorizer = { authorize: () => ({ allowed: true }), rulesFor: () => everything }

/** `AlwaysDeny`: has no opinion, as upstream's; so it only matters as the last one. */
export const alwaysDeny: Authorizer = {
  authorize: () => ({ allowed: false, reason: 'Everything is forbidden.' }),
  rulesFor: () => nothing,
}

export const isAdministrator = ({ groups }: UserInfo): boolean => groups.includes('system:masters')

/** The group `system:masters` may do everything, under every mode: upstream asks for it first. */
export const administrators: Authorizer = {
  authorize: ({ user }) => ({ allowed: isAdministrator(user) }),
  rulesFor: (user) => (isAdministrator(user) ? everything : nothing),
}
