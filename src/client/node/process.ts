import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export { hostname } from 'node:os'

/** Signals the end of this process. */
export interface Ending {
  readonly signal: AbortSignal
  /** Removes its signal handlers and timers. */
  dispose(): void
}

/**
 * Keeps the process alive until `given` is aborted; without it, until SIGINT or SIGTERM. A second signal ends the process
 * at once.
 */
export function endSignal(given?: AbortSignal): Ending {
  // A wait for an unreachable server has only timers, which keep no process alive.
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
