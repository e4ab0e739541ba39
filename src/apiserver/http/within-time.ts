import type { Clock } from '../../api/clock.ts'
import { parseDuration } from '../../api/duration.ts'
import { badRequest, timeout } from '../../api/errors.ts'
import type { HttpResponse } from './exchange.ts'

/** How long a request may take: `?timeout=`, but no longer than the server allows. Milliseconds. @throws ApiError 400 */
export function timeAllowed(query: URLSearchParams, most: number): number {
  const asked = query.get('timeout')
  if (!asked) return most
  const ms = parseDuration(asked)
  if (ms === undefined || ms < 0) throw badRequest(`invalid timeout specified in the request URL`)
  return ms === 0 ? most : Math.min(ms, most)
}

/**
 * A response that takes one answer only, and that answer no later than `ms`. `late` rejects with 504 when there is none by then;
 * what comes later is dropped.
 */
export function withinTime(response: HttpResponse, ms: number, { after }: Clock) {
  let expired = false
  let fail: (error: Error) => void = () => {}
  const late = new Promise<never>((_, reject) => {
    fail = reject
  })
  late.catch(() => {})
  const cancel = after(ms, () => {
    expired = true
    fail(timeout('request did not complete within the allotted timeout'))
  })
  /** Until the answer to the client has begun. */
  const timed: HttpResponse = {
    send(status, headers, body) {
      cancel()
      if (!expired) response.send(status, headers, body)
    },
    stream(status, headers) {
      cancel()
      if (expired) throw timeout('request did not complete within the allotted timeout')
      return response.stream(status, headers)
    },
    abort() {
      cancel()
      response.abort()
    },
  }
  return { timed, late }
}
