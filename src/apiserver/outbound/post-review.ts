import type { Clock } from '../../api/clock.ts'
import { messageOf } from '../../api/errors.ts'
import type { Outbound } from './outbound.ts'
import { statusProblem } from './status-problem.ts'
import type { OutboundTarget } from './target.ts'

/** Before each further try, as upstream. Milliseconds. */
const pausesMs = [500, 750, 1125, 1688]
const maxBytes = 1024 * 1024

export interface PostOptions {
  outbound: Outbound
  clock: Clock
  timeoutMs: number
}

/**
 * Sends a review to a webhook of the server's own configuration and returns what it answers. Tries again when there is no
 * answer, or one that says so (429, 5xx). @throws Error that says why there is none
 */
export async function postReview<T>(target: OutboundTarget, review: object, options: PostOptions): Promise<T> {
  const { outbound, clock, timeoutMs } = options
  const body = new TextEncoder().encode(JSON.stringify(review))
  const headers = { ...target.headers, 'content-type': 'application/json', accept: 'application/json' }
  for (let attempt = 0; ; attempt++) {
    const pause = pausesMs[attempt]
    try {
      const answer = await outbound.send({ method: 'POST', ...target, headers, body, timeoutMs, maxBytes })
      const text = new TextDecoder().decode(answer.body)
      if (answer.status >= 200 && answer.status < 300) return parsed(text) as T
      if (pause === undefined || (answer.status < 500 && answer.status !== 429))
        throw new Refused(statusProblem(answer.status, text))
    } catch (error) {
      if (error instanceof Refused || pause === undefined) throw error
    }
    await new Promise<void>((resolve) => clock.after(pause, resolve))
  }
}

/** An answer that another try would not change. */
class Refused extends Error {}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    throw new Refused(`the webhook answers no JSON: ${messageOf(error)}`)
  }
  throw new Refused('the webhook answers no review')
}
