import { sleep } from '../../api/clock.ts'
import type { HttpRequest, HttpResponse } from '../../apiserver/http/exchange.ts'
import type { Listener } from '../../apiserver/http/node/listen.ts'
import type { ApiServer } from '../../apiserver/http/serve.ts'
import { world } from './component.ts'

/** Counts the requests that wait for their answers, so that a server that ends can wait for them. */
export interface Draining {
  handle(request: HttpRequest, response: HttpResponse): void
  /** From now on, new requests are sent away. */
  refuse(): void
  /** Resolves when every request has its answer, or the beginning of a stream. */
  idle(): Promise<void>
}

/** `handle` answers requests. */
export function draining(handle: Draining['handle']): Draining {
  /** The requests without an answer. */
  const open = new Set<HttpRequest>()
  let refusing = false
  const waiting = new Set<() => void>()

  function ended(request: HttpRequest): void {
    if (open.delete(request) && open.size === 0) for (const done of waiting) done()
  }

  function counted(request: HttpRequest, response: HttpResponse): HttpResponse {
    const end = () => ended(request)
    open.add(request)
    return {
      send(status, headers, body) {
        response.send(status, headers, body)
        end()
      },
      stream(status, headers) {
        end()
        return response.stream(status, headers)
      },
      abort() {
        response.abort()
        end()
      },
    }
  }

  return {
    handle(request, response) {
      if (refusing) response.send(429, { 'retry-after': '5', 'content-type': 'text/plain; charset=utf-8' }, refusal)
      else handle(request, counted(request, response))
    },
    refuse() {
      refusing = true
    },
    idle: () =>
      new Promise((resolve) => {
        // A client that has gone gets no answer: a watch that had not begun, for example.
        for (const request of open)
          if (request.signal.aborted) ended(request)
          else request.signal.addEventListener('abort', () => ended(request), { once: true })
        if (open.size === 0) resolve()
        else waiting.add(resolve)
      }),
  }
}

/** `--shutdown-*` */
export interface ShutdownSettings {
  /** How long the server still works as before, so that balancers learn that it will end. Milliseconds. */
  delayMs: number
  /** New requests are sent away afterwards. Otherwise new connections are not taken. */
  sendsAway: boolean
  /** How long requests under way are waited for. Milliseconds. */
  drainMs: number
}

interface Ending {
  server: Pick<ApiServer, 'ready'>
  drain: Draining
  listeners: readonly Pick<Listener, 'drain'>[]
}

/** The first steps of an orderly end. Afterwards only streams are open. */
export async function inOrder(
  settings: ShutdownSettings | undefined,
  { server, drain, listeners }: Ending,
): Promise<void> {
  const { delayMs, sendsAway, drainMs } = settings ?? { delayMs: 0, sendsAway: false, drainMs: 60_000 }
  server.ready.set('shutdown', () => 'process is shutting down')
  if (delayMs > 0) await sleep(world.clock, delayMs)
  if (sendsAway) drain.refuse()
  else for (const listener of listeners) listener.drain()
  let cancel = () => {}
  const patience = new Promise<void>((resolve) => {
    cancel = world.clock.after(drainMs, resolve)
  })
  await Promise.race([drain.idle(), patience])
  cancel()
}

const refusal = 'The apiserver is shutting down, please try again later.'
