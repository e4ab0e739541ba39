import type { WatchEvent } from '../../src/api/call.ts'
import type { Clock } from '../../src/api/clock.ts'
import { expired, internalError, serviceUnavailable } from '../../src/api/errors.ts'
import type { Client } from '../../src/client/client.ts'

export interface Trouble {
  clock: Clock
  /** From 0 up to 1. */
  next(): number
  /** The part of calls that fail before they do anything. */
  failing: number
  /** The part of writes that are done, but whose answer is lost. */
  lost: number
  /** Watches tell up to so many milliseconds late. */
  lateMs: number
  /** The part of batches after which a watch breaks, sometimes for good (410). */
  breaking: number
}

/** A client on a bad line, for tests: whoever uses it must still get everything right in the end. */
export function flakyClient(client: Client, trouble: Trouble): Client {
  const { clock, next } = trouble
  const before = () => {
    if (next() < trouble.failing) throw serviceUnavailable('the line is bad')
  }
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    before()
    const answer = await call()
    if (next() < trouble.lost) throw internalError(new Error('the answer was lost'))
    return answer
  }
  const read = async <T>(call: () => Promise<T>): Promise<T> => {
    before()
    return call()
  }
  return {
    get: (...args) => read(() => client.get(...args)),
    list: (...args) => read(() => client.list(...args)),
    create: (...args) => write(() => client.create(...args)),
    update: (...args) => write(() => client.update(...args)),
    patch: (...args) => write(() => client.patch(...args)),
    apply: (...args) => write(() => client.apply(...args)),
    delete: (...args) => write(() => client.delete(...args)),
    deleteCollection: (...args) => write(() => client.deleteCollection(...args)),
    post: (...args) => write(() => client.post(...args)),
    async watch(resource, { signal, ...options }, sink) {
      before()
      const cut = new AbortController()
      let broken: Error | undefined
      let due = 0
      const late = (batch: WatchEvent<never>[]) => {
        due = Math.max(due, clock.now() + next() * trouble.lateMs)
        clock.after(due - clock.now(), () => {
          if (broken || signal.aborted) return
          sink(batch)
          if (next() >= trouble.breaking) return
          broken = next() < 0.3 ? expired('too old') : new Error('the connection broke')
          cut.abort()
        })
      }
      const both = AbortSignal.any([signal, cut.signal])
      await client.watch(resource, { ...options, signal: both }, (batch) => late(batch as WatchEvent<never>[]))
      if (broken) throw broken
    },
  }
}
