import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export { hostname } from 'node:os'

/** When this process has to end. */
export interface Ending {
  readonly signal: AbortSignal
  /** Takes its hands off the process. */
  dispose(): void
}

/**
 * Keeps the process alive, and ends with `given`; without it, on SIGINT and SIGTERM, of which a second one ends the
 * process at once.
 */
export function endSignal(given?: AbortSignal): Ending {
  // What waits for a server that cannot be reached has timers only, which keep no process alive.
  const alive = setInterval(() => {}, 0x7fffffff)
  if (given) return { signal: given, dispose: () => clearInterval(alive) }
  const ending = new AbortController()
  const end = () => {
    if (ending.signal.aborted) process.exit(1)
    ending.abort()
  }
  const names = ['SIGINT', 'SIGTERM'] as const
  for (const name of names) process.on(name, end)
  return {
    signal: ending.signal,
    dispose() {
      clearInterval(alive)
      for (const name of names) process.off(name, end)
    },
  }
}

/** Answers `/metrics` with `text`, `/healthz` with `ok`; 0 is any free port. Resolves when it listens. */
export function serveMetrics(port: number, text: () => string): Promise<{ port: number; close(): void }> {
  const server = createServer(({ url }, answer) => {
    const body = url === '/metrics' ? text() : url === '/healthz' ? 'ok' : undefined
    answer.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
    answer.end(body)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => void server.close() }),
    )
  })
}
