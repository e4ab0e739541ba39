import type { Outbound, OutboundAnswer, OutboundRequest } from '../../src/apiserver/outbound/outbound.ts'

export interface FakeOutbound extends Outbound {
  /** All requests so far. */
  readonly sent: OutboundRequest[]
}

/**
 * The outside world as a function, for tests: it gets each request, with its body parsed, and returns the JSON of a 200, or a
 * whole answer made by `answer`. It may throw, as a connection does.
 */
export function fakeOutbound(world: (request: OutboundRequest, body: unknown) => unknown): FakeOutbound {
  const sent: OutboundRequest[] = []
  return {
    sent,
    async send(request) {
      sent.push(request)
      const text = request.body && new TextDecoder().decode(request.body)
      const given = await world(request, text === undefined ? undefined : JSON.parse(text))
      return isAnswer(given) ? given : answer(200, given)
    },
  }
}

/** An answer of any status; JSON, or text as it is. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): OutboundAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: new TextEncoder().encode(text) }
}

const isAnswer = (given: unknown): given is OutboundAnswer =>
  typeof given === 'object' && given !== null && (given as OutboundAnswer).body instanceof Uint8Array
