import type { Failure } from '../../controller/queue.ts'
import type { RunningControllers } from '../../controller/run.ts'

/** A reconcile that has failed, and has not succeeded since. */
export interface ReconcileError {
  /** The name of its controller. */
  controller: string
  /** `default/db` */
  key: string
  /** How often in a row. */
  times: number
  /** What it threw last, with its stack. */
  error: unknown
  /** When, in milliseconds since 1970, of the cluster's clock. */
  at: number
  /** `backup: default/db failed 7 times, last: TypeError: ... (backup.ts:70)` */
  toString(): string
}

/** Control loops, the cluster's or a test's own. */
export interface Loops {
  /** The test's own: `settle` holds them to it that they succeed. */
  own: boolean
  running(): RunningControllers
}

/** What fails at present, the test's own loops first. */
export function errorsOf(loops: Iterable<Loops>): ReconcileError[] {
  return [...loops]
    .sort((a, b) => Number(b.own) - Number(a.own))
    .flatMap(({ running }) =>
      [...running().queues].flatMap(([controller, queue]) =>
        [...queue.failures].map(([key, failure]) => reconcileError(controller, key, failure)),
      ),
    )
}

export function reconcileError(controller: string, key: string, { times, error, at }: Failure): ReconcileError {
  const often = times === 1 ? 'failed' : `failed ${times} times, last`
  return {
    controller,
    key,
    times,
    error,
    at,
    toString: () => `${controller}: ${key || 'its key'} ${often}: ${textOf(error)}${placeOf(error)}`,
  }
}

const textOf = (error: unknown): string => String(error).split('\n')[0] ?? ''

/** Where the program that was tested threw it, or called what threw it: ` (backup.ts:70)`. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const [, path = '', line] of stack.matchAll(/(?:\(|at (?:async )?)((?:file:\/\/)?[^\s():]+):(\d+):\d+\)?$/gm)) {
    if (/^node:|\/node_modules\//.test(path) || isOurs(path)) continue
    return ` (${path.split('/').at(-1)}:${line})`
  }
  return ''
}

/** This package's folder: that of its bundles, or `src`, in which only tests are not ours. */
const home = import.meta.url.replace(/^file:\/\//, '').replace(/(testing\/time\/)?[^/]*$/, '')
const isOurs = (path: string) => path.replace(/^file:\/\//, '').startsWith(home) && !path.endsWith('.test.ts')

/** A reconcile is tried so many times more: when it fails with the same words each time, it will go on so. */
const mostTries = 4

/** What `secondChances` asks about the faults of the test. */
export interface Blame {
  /** Whether a fault that may still strike is why this was thrown. */
  caused(error: unknown): boolean
  /** How often faults have struck that strike so many times. */
  readonly spent: number
}

/**
 * Looks at own loops whose reconciles have failed, again and again. Those that may do better are tried again at once:
 * `'retried'`; for as long as they use up a fault that strikes so many times. Then those are answered that have failed alike
 * each time, and not because of a fault that goes on.
 */
export function secondChances(loops: Iterable<Loops>, faults: Blame): () => 'retried' | ReconcileError[] {
  const tries = new Map<string, number>()
  let spentBefore = 0
  return () => {
    const stuck: ReconcileError[] = []
    let retried = false
    const isSpending = faults.spent > spentBefore
    spentBefore = faults.spent
    for (const { own, running } of loops) {
      if (!own) continue
      for (const [controller, queue] of running().queues)
        for (const [key, failure] of queue.failures) {
          const id = `${controller} ${key}`
          const tried = isSpending ? 0 : (tries.get(id) ?? 0)
          if (tried < mostTries) {
            tries.set(id, tried + 1)
            queue.retry(key)
            retried = true
          } else if (failure.alike > mostTries && !faults.caused(failure.error))
            stuck.push(reconcileError(controller, key, failure))
        }
    }
    return retried ? 'retried' : stuck
  }
}

const clusters = new Set<() => ReconcileError[]>()

/** Makes the errors of a cluster known to matchers, which see no more of it than an object. Returns their removal. */
export function announce(errors: () => ReconcileError[]): () => void {
  clusters.add(errors)
  return () => void clusters.delete(errors)
}

/** What fails in the clusters of this process; about that key, where one is, and where something fails about it. */
export function announcedErrors(key?: string): ReconcileError[] {
  const all = [...clusters].flatMap((errors) => errors())
  const about = all.filter((error) => error.key === key)
  return about.length > 0 ? about : all
}
