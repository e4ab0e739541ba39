import type { TokenReview } from '../../api/authentication/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { postReview } from '../outbound/post-review.ts'
import type { OutboundTarget } from '../outbound/target.ts'
import type { Found, TokenAuthenticator } from './authenticator.ts'

export interface TokenWebhookOptions {
  /** `--authentication-token-webhook-config-file` */
  target: OutboundTarget
  /** `--authentication-token-webhook-version` */
  version: 'v1' | 'v1beta1'
  /** `--authentication-token-webhook-cache-ttl`. Milliseconds. */
  cacheMs: number
}

const timeoutMs = 30_000

/** Asks another program about tokens, by a TokenReview. */
export function tokenWebhook(
  { target, version }: Pick<TokenWebhookOptions, 'target' | 'version'>,
  outbound: Outbound,
  clock: Clock,
): TokenAuthenticator {
  return async (token, audiences) => {
    const review = {
      kind: 'TokenReview',
      apiVersion: `authentication.k8s.io/${version}`,
      metadata: {},
      spec: { token, ...(audiences.length > 0 && { audiences }) },
      status: { user: {} },
    }
    const { status } = await postReview<Pick<TokenReview, 'status'>>(target, review, { outbound, clock, timeoutMs })
    if (!status?.authenticated) {
      if (status?.error) throw new Error(status.error)
      return undefined
    }
    const found = foundIn(status)
    if (!found.audiences) return found
    // A webhook that knows audiences says which of them the token is for.
    const shared = audiences.filter((audience) => found.audiences?.includes(audience))
    return shared.length > 0 ? { ...found, audiences: shared } : undefined
  }
}

function foundIn({ user = {}, audiences }: NonNullable<TokenReview['status']>): Found {
  const { username = '', uid, groups = [], extra } = user
  return {
    user: { name: username, groups, ...(uid && { uid }), ...(extra && { extra }) },
    ...(audiences?.length && { audiences }),
  }
}
