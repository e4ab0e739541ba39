import type { Clock } from '../../api/clock.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Resources } from '../registry/resources.ts'
import { abacAuthorizer } from './abac.ts'
import { administrators, alwaysAllow, alwaysDeny } from './always.ts'
import type { Authorizer } from './authorizer.ts'
import { nodeAuthorizer } from './node/node.ts'
import { type RbacAuthorizer, rbacAuthorizer } from './rbac/rbac.ts'
import { union } from './union.ts'
import { type WebhookAuthorizerOptions, webhookAuthorizer } from './webhook/webhook.ts'

/** One mode of `--authorization-mode`, with the contents of the file that it takes. */
export type AuthorizationMode =
  | 'Node'
  | 'RBAC'
  | 'AlwaysAllow'
  | 'AlwaysDeny'
  | { abac: string }
  | { webhook: WebhookAuthorizerOptions }

/** In the order in which they are asked. */
export type AuthorizationModes = readonly AuthorizationMode[]

/** What a cluster has whose administrator says nothing. */
const defaultModes: AuthorizationModes = ['Node', 'RBAC']

/** The server's authorizer, and the rules by which it keeps users from granting what they do not have. */
export interface Authorization {
  authorizer: Authorizer
  rbac: RbacAuthorizer
}

export interface AuthorizationWorld {
  outbound: Outbound | undefined
  clock: Clock
}

/** `modes` may be a function of what is in force at present: a new array means that they have changed. */
export function authorizationOf(
  modes: AuthorizationModes | (() => AuthorizationModes) = defaultModes,
  world: AuthorizationWorld,
): Authorization {
  const rbac = rbacAuthorizer()
  const source = typeof modes === 'function' ? modes : () => modes
  let resources: Resources | undefined
  let built: { from: AuthorizationModes; authorizer: Authorizer } | undefined
  const current = (): Authorizer => {
    const from = source()
    if (built?.from !== from) {
      const authorizer = union([administrators, ...from.map((mode) => authorizerOf(mode, rbac, world))])
      if (resources) authorizer.attach?.(resources)
      built = { from, authorizer }
    }
    return built.authorizer
  }
  return {
    rbac,
    authorizer: {
      authorize: (attributes) => current().authorize(attributes),
      rulesFor: (user, namespace) => current().rulesFor(user, namespace),
      attach(to) {
        resources = to
        // Without the mode RBAC, too, nobody may write roles beyond his own.
        rbac.attach(to)
        current().attach?.(to)
      },
    },
  }
}

function authorizerOf(
  mode: AuthorizationMode,
  rbac: RbacAuthorizer,
  { outbound, clock }: AuthorizationWorld,
): Authorizer {
  if (typeof mode === 'string') return known[mode](rbac)
  if ('abac' in mode) return abacAuthorizer(mode.abac)
  if (!outbound) throw new Error('this server has no way to reach webhooks')
  return webhookAuthorizer(mode.webhook, outbound, clock)
}

const known: Record<AuthorizationMode & string, (rbac: RbacAuthorizer) => Authorizer> = {
  Node: nodeAuthorizer,
  RBAC: (rbac) => rbac,
  AlwaysAllow: () => alwaysAllow,
  AlwaysDeny: () => alwaysDeny,
}
