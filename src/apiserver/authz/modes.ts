import { administrators, alwaysAllow, alwaysDeny } from './always.ts'
import type { Authorizer } from './authorizer.ts'
import { nodeAuthorizer } from './node/node.ts'
import { type RbacAuthorizer, rbacAuthorizer } from './rbac/rbac.ts'
import { union } from './union.ts'

/** The modes that need no file. For `ABAC` and `Webhook` there is an authorizer made of theirs. */
export type AuthorizationMode = 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny'

/** `--authorization-mode`, in the order in which they are asked. */
export type AuthorizationModes = readonly (AuthorizationMode | Authorizer)[]

/** What a cluster has whose administrator says nothing. */
const defaultModes: AuthorizationModes = ['Node', 'RBAC']

/** The server's authorizer, and the rules by which it keeps users from granting what they do not have. */
export interface Authorization {
  authorizer: Authorizer
  rbac: RbacAuthorizer
}

export function authorizationOf(modes: AuthorizationModes = defaultModes): Authorization {
  const rbac = rbacAuthorizer()
  const known: Record<AuthorizationMode, () => Authorizer> = {
    Node: nodeAuthorizer,
    RBAC: () => rbac,
    AlwaysAllow: () => alwaysAllow,
    AlwaysDeny: () => alwaysDeny,
  }
  const asked = modes.map((mode) => (typeof mode === 'string' ? known[mode]() : mode))
  const authorizer = union([administrators, ...asked])
  const attach: Authorizer['attach'] = (resources) => {
    authorizer.attach?.(resources)
    // Without the mode RBAC, too, nobody may write roles beyond his own.
    if (!asked.includes(rbac)) rbac.attach(resources)
  }
  return { authorizer: { ...authorizer, attach }, rbac }
}
