import type { Cancel, Clock } from '../../api/clock.ts'

let taken = false

/**
 * Puts `setTimeout`, `setInterval` and `Date` of this process, and `node:timers/promises`, on `clock`, until it is
 * disposed of: for programs that know of no other. `fired` is called before each callback.
 * @throws TypeError when they are on a cluster's clock already
 */
export function takeTimers({ now, after }: Clock, fired: () => void): Disposable {
  if (taken) throw new TypeError('the timers of this process are on the clock of a cluster already')
  taken = true
  const clock: Clock = {
    now,
    after: (ms, callback) =>
      after(ms, () => {
        fired()
        callback()
      }),
  }
  const undo = [replace(globalThis, timersOn(clock)), replace(globalThis, { Date: dateOn(clock) }), promisesOn(clock)]
  return {
    [Symbol.dispose]() {
      if (undo.length === 0) return
      for (const restore of undo.splice(0)) restore()
      taken = false
    },
  }
}

type Callback = (...given: unknown[]) => void

/** What Node's `setTimeout` answers, as far as programs use it. */
class Timer {
  readonly #start: (timer: Timer) => Cancel
  #cancel: Cancel

  constructor(start: (timer: Timer) => Cancel) {
    this.#start = start
    this.#cancel = start(this)
  }
  /** From now on anew. */
  refresh(): this {
    this.#cancel()
    this.#cancel = this.#start(this)
    return this
  }
  close(): this {
    this.#cancel()
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return true
  }
  [Symbol.dispose](): void {
    this.#cancel()
  }
}

function timersOn(clock: Clock) {
  const real = { clearTimeout: globalThis.clearTimeout, clearInterval: globalThis.clearInterval }
  const clear = (timer: unknown, otherwise: (timer: never) => void) => {
    if (timer instanceof Timer) timer.close()
    else otherwise(timer as never)
  }
  return {
    setTimeout: (callback: Callback, ms = 0, ...given: unknown[]) =>
      new Timer(() => clock.after(ms, () => callback(...given))),
    setInterval: (callback: Callback, ms = 0, ...given: unknown[]) =>
      new Timer((timer) =>
        clock.after(Math.max(1, ms), () => {
          timer.refresh()
          callback(...given)
        }),
      ),
    clearTimeout: (timer: unknown) => clear(timer, real.clearTimeout),
    clearInterval: (timer: unknown) => clear(timer, real.clearInterval),
  }
}

/** `Date` as it is, but for what is now. */
const dateOn = (clock: Clock): DateConstructor =>
  new Proxy(Date, {
    construct: (real, given, made) => Reflect.construct(real, given.length > 0 ? given : [clock.now()], made),
    apply: (real) => new real(clock.now()).toString(),
    get: (real, key, self) => (key === 'now' ? clock.now : Reflect.get(real, key, self)),
  })

/** `setTimeout` of `node:timers/promises`, where there is Node: informers of @kubernetes/client-node wait by it. */
function promisesOn(clock: Clock): () => void {
  const { process } = globalThis as { process?: { getBuiltinModule?(id: string): unknown } }
  const promises = process?.getBuiltinModule?.('node:timers/promises') as object | undefined
  const { syncBuiltinESMExports } = (process?.getBuiltinModule?.('node:module') ?? {}) as {
    syncBuiltinESMExports?(): void
  }
  if (!promises || !syncBuiltinESMExports) return () => {}
  const restore = replace(promises, { setTimeout: promisedTimeout(clock) })
  syncBuiltinESMExports()
  return () => {
    restore()
    syncBuiltinESMExports()
  }
}

const promisedTimeout =
  (clock: Clock) =>
  <T>(ms = 0, value?: T, { signal }: { signal?: AbortSignal } = {}): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const aborted = () => reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError' }))
      if (signal?.aborted) return aborted()
      const cancel = clock.after(ms, () => {
        signal?.removeEventListener('abort', stop)
        resolve(value)
      })
      const stop = () => {
        cancel()
        aborted()
      }
      signal?.addEventListener('abort', stop, { once: true })
    })

/** Returns how to put back what was there. */
function replace(target: object, given: Record<string, unknown>): () => void {
  const before = Object.fromEntries(Object.keys(given).map((key) => [key, Reflect.get(target, key)]))
  Object.assign(target, given)
  return () => void Object.assign(target, before)
}
