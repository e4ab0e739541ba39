import type { Clock } from '../../api/clock.ts'
import type { NodeAnswer } from '../connect/connector.ts'
import type { HttpResponse } from './exchange.ts'

/** A client that reads slower than the node sends is waited for when so much has piled up. */
const backlogBytes = 1024 * 1024

/** Streams what a node answers through to the client. Tells the status. */
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
