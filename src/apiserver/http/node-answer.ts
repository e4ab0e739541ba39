import type { Clock } from '../../api/clock.ts'
import type { NodeAnswer } from '../connect/connector.ts'
import type { HttpResponse } from './exchange.ts'

/** With so much unread, the server waits for a client that reads slower than the node sends. */
const backlogBytes = 1024 * 1024

/** Streams a node's answer to the client. Returns the status. */
export async function streamThrough(
  { status, headers, body }: NodeAnswer,
  response: HttpResponse,
  { after }: Pick<Clock, 'after'>,
): Promise<number> {
  const out = response.stream(status, { 'cache-control': 'no-cache, private', ...headers })
  let closed = false
  out.onClose(() => {
    closed = true
  })
  try {
    for await (const chunk of body) {
      if (closed) return status
      out.write(chunk)
      while (!closed && out.backlog > backlogBytes) await new Promise<void>((resolve) => after(20, resolve))
    }
    out.end()
  } catch {
    if (!closed) out.abort()
  }
  return status
}
