import type { AccessAttributes, AccessDecision } from '../../../api/access.ts'
import type { SubjectAccessReview, SubjectAccessReviewSpec } from '../../../api/authorization/v1/index.ts'
import type { Clock } from '../../../api/clock.ts'
import { messageOf } from '../../../api/errors.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { postReview } from '../../outbound/post-review.ts'
import type { OutboundTarget } from '../../outbound/target.ts'
import type { Authorizer } from '../authorizer.ts'
import type { Conditions } from './conditions.ts'
import { reviewSpec } from './review.ts'

export interface WebhookAuthorizerOptions {
  target: OutboundTarget
  /** `--authorization-webhook-version`: of the SubjectAccessReview. */
  version: 'v1' | 'v1beta1'
  /** How long an allowed access is remembered. Milliseconds. 0: not at all. */
  allowedMs: number
  /** The same for others. */
  refusedMs: number
  timeoutMs: number
  /** What a webhook that does not answer means. */
  onFailure: 'NoOpinion' | 'Deny'
  /** Default: it is asked about everything. */
  conditions?: Conditions
}

/** Upstream's number of answers that are remembered. */
const maxEntries = 8192
/** Accesses with more characters than this are not remembered. */
const maxKeyLength = 10_000

/** Asks another program by a SubjectAccessReview. ('Webhook Mode') */
export function webhookAuthorizer(options: WebhookAuthorizerOptions, outbound: Outbound, clock: Clock): Authorizer {
  const { target, version, timeoutMs, onFailure, conditions } = options
  const known = new Map<string, { decision: AccessDecision; until: number }>()
  const failed = (error: unknown): AccessDecision => ({
    allowed: false,
    ...(onFailure === 'Deny' && { denied: true }),
    error: messageOf(error),
  })

  async function ask(spec: SubjectAccessReviewSpec): Promise<AccessDecision> {
    const { groups, ...rest } = spec
    const review = {
      kind: 'SubjectAccessReview',
      apiVersion: `authorization.k8s.io/${version}`,
      metadata: {},
      // The older version has another name for it.
      spec: { ...rest, ...(groups && (version === 'v1' ? { groups } : { group: groups })) },
      status: { allowed: false },
    }
    const { status } = await postReview<Pick<SubjectAccessReview, 'status'>>(target, review, {
      outbound,
      clock,
      timeoutMs,
    })
    const { allowed = false, denied = false, reason, evaluationError } = status ?? {}
    if (allowed && denied) throw new Error('webhook subject access review returned both allow and deny response')
    return {
      allowed,
      ...(denied && { denied }),
      ...(reason && { reason }),
      ...(evaluationError && !allowed && { error: evaluationError }),
    }
  }

  function remember(key: string, decision: AccessDecision): void {
    const forMs = decision.allowed ? options.allowedMs : options.refusedMs
    if (forMs === 0 || key.length > maxKeyLength) return
    const [oldest] = known.keys()
    if (known.size >= maxEntries && oldest !== undefined) known.delete(oldest)
    known.set(key, { decision, until: clock.now() + forMs })
  }

  return {
    async authorize(attributes: AccessAttributes): Promise<AccessDecision> {
      const spec = reviewSpec(attributes)
      try {
        if (conditions && !conditions.hold(spec)) return { allowed: false }
      } catch (error) {
        return failed(error)
      }
      const key = JSON.stringify(spec)
      const entry = known.get(key)
      if (entry && entry.until > clock.now()) return entry.decision
      known.delete(key)
      try {
        const decision = await ask(spec)
        remember(key, decision)
        return decision
      } catch (error) {
        return failed(error)
      }
    },
    rulesFor: () => ({
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: 'webhook authorizer does not support user rule resolution',
    }),
  }
}
