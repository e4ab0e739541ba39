import type { Call } from '../../api/call.ts'
import type { KubeObject } from '../../api/object.ts'
import { ConnectionBroken } from '../../apiserver/http/exchange.ts'
import type { ApiServer } from '../../apiserver/http/serve.ts'
import { type Answer, whole } from '../../apiserver/registry/answer.ts'
import type { WatchStream } from '../../apiserver/registry/watch.ts'
import type { OpenWatch, TrafficCounter } from './traffic.ts'

/** Checks the requests to a test cluster's API server. */
export interface Doorkeeper {
  /** Called before a request or watch. The caller gets the error that it throws. Undefined: passes at once. */
  admit(call: Call): Promise<void> | undefined
  /** Called after the answer to a request that passed. */
  answered(call: Call, object: KubeObject): void
  /** The server is stopped: every HTTP request fails to connect. */
  away(): boolean
}

/**
 * `server` with a `doorkeeper` before it: all requests, within the process and over HTTPS, pass this front, which counts
 * them.
 */
export function frontOf(server: ApiServer, traffic: TrafficCounter, doorkeeper: Doorkeeper): ApiServer {
  async function pass(call: Call, go: () => Promise<Answer>): Promise<Answer> {
    try {
      const held = doorkeeper.admit(call)
      if (held) await held
    } catch (error) {
      traffic.refused(call, error)
      throw error
    }
    traffic.began(call)
    try {
      const answer = await go()
      if (call.verb !== 'get' && call.verb !== 'list') doorkeeper.answered(call, whole(answer))
      traffic.ended(call)
      return answer
    } catch (error) {
      traffic.ended(call)
      traffic.refused(call, error)
      throw error
    }
  }

  /** Opens a watch when the doorkeeper lets it pass; the returned function stops it at any time. */
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

  const front = server.behind((ports) => ({
    run: (call, source) => pass(call, () => ports.run(call, source)),
    startWatch(call, opening) {
      let stream: WatchStream | undefined
      const refuse = (error: Error) => {
        traffic.refused(call, error)
        opening.refuse(error)
      }
      const { stop, ended } = follow(
        call,
        () =>
          ports.startWatch(call, {
            begin(served) {
              traffic.opened(call)
              const own = opening.begin(served)
              stream = own
              return {
                ...own,
                changes(batch) {
                  traffic.passed()
                  own.changes(batch)
                },
                end(error) {
                  ended()
                  own.end(error)
                },
              }
            },
            refuse(error) {
              ended()
              refuse(error)
            },
          }),
        refuse,
        (error) => (stream ? stream.end(error) : opening.refuse(error ?? new ConnectionBroken('read ECONNRESET'))),
      )
      return stop
    },
    async prepareConnect(call, ...how) {
      const request = await ports.prepareConnect(call, ...how)
      await doorkeeper.admit(call)
      traffic.passed()
      return request
    },
    /** A stream that may last: `settle` does not wait for it. */
    async connect(call, ...how) {
      await doorkeeper.admit(call)
      traffic.passed()
      return ports.connect(call, ...how)
    },
  }))
  return {
    ...front,
    handle(request, response) {
      if (doorkeeper.away()) response.abort()
      else front.handle(request, response)
    },
  }
}
