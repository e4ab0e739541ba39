import type { Clock } from '../../api/clock.ts'
import { jsonText, parseJson } from '../../api/machinery/json/json-text.ts'
import type { Outbound } from '../../apiserver/outbound/outbound.ts'

/** What the API server sends to a webhook: an AdmissionReview or a ConversionReview with its request. */
export interface WebhookReview {
  kind: string
  apiVersion: string
  // biome-ignore lint/suspicious/noExplicitAny: test authors read the fields of what they have registered
  request: any
}

/**
 * Answers for all webhooks of a test cluster. `url` is that of the webhook, `https://NAME.NAMESPACE.svc:443/PATH` of a Service.
 * Returns the response, to which the cluster adds the uid, or the whole review. What it throws, the API server takes for a
 * connection that failed.
 */
export type Webhooks = (url: string, review: WebhookReview) => unknown

/** The outside world of a test cluster's API server: a function in place of every webhook. */
export function webhookOutbound(webhooks: Webhooks, clock: Clock): Outbound {
  return {
    async send({ url, body, timeoutMs }) {
      const asked = new URL(url)
      asked.search = ''
      const review = parseJson(new TextDecoder().decode(body)) as WebhookReview
      const given = await inTime(Promise.resolve(webhooks(`${asked}`, review)), timeoutMs, url, clock)
      return { status: 200, headers: {}, body: new TextEncoder().encode(jsonText(reviewOf(review, given))) }
    },
  }
}

function reviewOf({ kind, apiVersion, request }: WebhookReview, given: unknown): unknown {
  const whole = typeof given === 'object' && given !== null && 'response' in given
  return whole ? given : { kind, apiVersion, response: { uid: request.uid, ...(given as object) } }
}

function inTime(answer: Promise<unknown>, timeoutMs: number, url: string, clock: Clock): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const stop = clock.after(timeoutMs, () => reject(new Error(`Post ${jsonText(url)}: context deadline exceeded`)))
  answer.then(resolve, reject).finally(stop)
  return promise
}
