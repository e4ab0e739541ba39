import type { TokenReview } from '../../api/authentication/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import { messageOf } from '../../api/errors.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { statusProblem } from '../outbound/status-problem.ts'
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
const maxBytes = 1024 * 1024
/** Before each further try, as upstream. Milliseconds. */
const pausesMs = [500, 750, 1125, 1688]

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
    const { status } = await answered(target, JSON.stringify(review), outbound, clock)
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

async function answered(
  target: OutboundTarget,
  body: string,
  outbound: Outbound,
  clock: Clock,
): Promise<Pick<TokenReview, 'status'>> {
  for (let attempt = 0; ; attempt++) {
    const pause = pausesMs[attempt]
    try {
      const { status, body: bytes } = await outbound.send({
        method: 'POST',
        ...target,
        headers: { ...target.headers, 'content-type': 'application/json', accept: 'application/json' },
        body: new TextEncoder().encode(body),
        timeoutMs,
        maxBytes,
      })
      const text = new TextDecoder().decode(bytes)
      if (status >= 200 && status < 300) return parsed(text)
      if (pause === undefined || (status < 500 && status !== 429)) throw new Refused(statusProblem(status, text))
    } catch (error) {
      if (error instanceof Refused || pause === undefined) throw error
    }
    await new Promise<void>((resolve) => clock.after(pause, resolve))
  }
}

/** An answer that another try would not change. */
class Refused extends Error {}

function parsed(text: string): Pick<TokenReview, 'status'> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    throw new Refused(`the webhook answers no JSON: ${messageOf(error)}`)
  }
  throw new Refused('the webhook answers no TokenReview')
}
