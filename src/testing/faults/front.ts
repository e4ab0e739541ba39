import type { Call } from '../../api/call.ts'
import type { KubeObject } from '../../api/object.ts'
import { whole } from '../../apiserver/http/encode.ts'
import { ConnectionBroken } from '../../apiserver/http/exchange.ts'
import { httpHandler } from '../../apiserver/http/handler.ts'
import type { WatchStream } from '../../apiserver/registry/watch.ts'
import type { ApiServer } from '../../apiserver/server.ts'
import type { OpenWatch, TrafficCounter } from './traffic.ts'

/** What stands at the door of a test cluster's API server. */
export interface Doorkeeper {
  /** Before a request or watch is let in. What it throws is what the caller gets. Undefined: straight in. */
  admit(call: Call): Promise<void> | undefined
  /** After a request that was let in was answered. */
  answered(call: Call, object: KubeObject): void
  /** The server is away: whoever comes over HTTP finds nobody, whatever he asks for. */
  away(): boolean
}

type Rest<F extends (...args: never[]) => unknown> = Parameters<F> extends [unknown, ...infer R] ? R : never

/**
 * `server` with a `doorkeeper` before it: everybody goes in by this one door, be it within the process or over HTTPS, and is
 * counted there.
 */
export function frontOf(server: ApiServer, traffic: TrafficCounter, doorkeeper: Doorkeeper): ApiServer {
  async function pass<A>(call: Call, go: () => Promise<A>, objectOf: (answer: A) => KubeObject): Promise<A> {
    const held = doorkeeper.admit(call)
    if (held) await held
    traffic.began(call)
    try {
      const answer = await go()
      if (call.verb !== 'get' && call.verb !== 'list') doorkeeper.answered(call, objectOf(answer))
      return answer
    } finally {
      traffic.ended(call)
    }
  }

  /** Opens a watch when the door does; the returned function stops it at any time. */
  function follow(
    call: Call,
    open: (watch: OpenWatch) => () => void,
    refuse: (error: Error) => void,
    end: OpenWatch['end'],
  ) {
    let stop = () => {}
    let over = false
    const watch: OpenWatch = {
      call,
      end(error) {
        if (over) return
        finish()
        end(error)
      },
    }
    const finish = () => {
      over = true
      traffic.watches.delete(watch)
      stop()
    }
    const begin = () => {
      if (over) return
      traffic.watches.add(watch)
      stop = open(watch)
      if (over) stop()
    }
    const held = doorkeeper.admit(call)
    if (held) held.then(begin, (error: Error) => !over && refuse(error))
    else begin()
    return { stop: finish, ended: () => traffic.watches.delete(watch) }
  }

  const internals = {
    ...server.internals,
    run: (call: Call, source?: Parameters<typeof server.internals.run>[1]) =>
      pass(call, () => server.internals.run(call, source), whole),
    startWatch(call: Call, opening: Parameters<typeof server.internals.startWatch>[1]) {
      let stream: WatchStream | undefined
      const { stop, ended } = follow(
        call,
        () =>
          server.internals.startWatch(call, {
            begin(served) {
              const own = opening.begin(served)
              stream = own
              return {
                changes(batch) {
                  traffic.passed()
                  own.changes(batch)
                },
                bookmark: (revision, initial) => own.bookmark(revision, initial),
                end(error) {
                  ended()
                  own.end(error)
                },
              }
            },
            refuse(error) {
              ended()
              opening.refuse(error)
            },
          }),
        (error) => opening.refuse(error),
        (error) => (stream ? stream.end(error) : opening.refuse(error ?? new ConnectionBroken('read ECONNRESET'))),
      )
      return stop
    },
    async prepareConnect(...asked: Parameters<typeof server.internals.prepareConnect>) {
      const request = await server.internals.prepareConnect(...asked)
      await doorkeeper.admit(request.call)
      traffic.passed()
      return request
    },
    /** A stream that may last: it is not waited for. */
    async connect(call: Call, ...how: Rest<typeof server.internals.connect>) {
      await doorkeeper.admit(call)
      traffic.passed()
      return server.internals.connect(call, ...how)
    },
  }
  const front: ApiServer = {
    ...server,
    internals,
    call: (call) =>
      pass(
        call,
        () => server.call(call),
        (object) => object,
      ),
    watch(call, sink) {
      const { stop, ended } = follow(
        call,
        () =>
          server.watch(call, {
            events(batch) {
              traffic.passed()
              sink.events(batch)
            },
            end(error) {
              ended()
              sink.end(error)
            },
          }),
        (error) => sink.end(error),
        (error) => sink.end(error),
      )
      return stop
    },
    handle(request, response) {
      if (doorkeeper.away()) response.abort()
      else handler(request, response)
    },
  }
  const handler = httpHandler(front)
  return front
}
