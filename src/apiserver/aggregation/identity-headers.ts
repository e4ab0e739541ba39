import type { UserInfo } from '../../api/call.ts'

/** Tells an aggregated API server who the user is: it believes the front proxy's certificate. */
export function identityHeaders({ name, uid, groups, extra = {} }: UserInfo): Record<string, string | string[]> {
  const more = Object.entries(extra).map(([key, values]) => [
    `x-remote-extra-${encodeURIComponent(key).toLowerCase()}`,
    values,
  ])
  return {
    'x-remote-user': name,
    ...(uid && { 'x-remote-uid': uid }),
    ...(groups.length > 0 && { 'x-remote-group': groups }),
    ...Object.fromEntries(more),
  }
}

/** Headers by which a client could claim to be another user. */
export const isIdentityHeader = (name: string): boolean => name.startsWith('x-remote-')
