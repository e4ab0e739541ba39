import { ApiError, messageOf } from '../../api/errors.ts'
import { type Duration, durationMs } from '../duration.ts'
import { checkGiven, isDuration, isFunction, isYesOrNo } from '../given.ts'
import type { VirtualClock } from './clock.ts'
import { secondChances } from './failures.ts'
import { type Activity, untilQuiet } from './quiet.ts'
import { notSettled } from './settle-error.ts'

/** What `settle` waits for, and how long. */
export interface SettleOptions {
  /** Asked after each step, until it answers something true; it may be async. */
  until?: () => unknown
  /** Of the cluster's time, for `until`: milliseconds, or `'30s'`. Default: 10 minutes. */
  timeout?: Duration
  /** Reconciles of own loops may keep failing. Default: `settle` tries them again, and fails with them. */
  mayFail?: boolean
}

/** See `settle` of a test cluster. @throws SettleError, TypeError */
export async function settle(activity: Activity, time: VirtualClock, how: SettleOptions): Promise<void> {
  checkGiven('settle', how, { until: isFunction, timeout: isDuration, mayFail: isYesOrNo })
  const { until, timeout = '10m', mayFail = false } = how
  const tryFailuresAgain = secondChances(activity.loops, activity.faults)
  const deadline = time.now() + durationMs(timeout)
  for (;;) {
    // A condition may come true while informers are still behind.
    const calm = await untilQuiet(activity, until ? 'work' : 'everything')
    if (time.nextTimer !== undefined && time.nextTimer <= time.now()) {
      await time.advance(0)
      continue
    }
    if (!until) {
      if (!calm) throw notSettled(activity)
      if (mayFail) return
      const failing = tryFailuresAgain()
      if (failing === 'retried') continue
      if (failing.length === 0) return
      throw notSettled(activity, 'reconciles keep failing (settle({ mayFail: true }) lets them)')
    }
    const { came, why } = await ask(until)
    if (came) return
    const next = time.nextTimer ?? time.now() + 10
    if (next > deadline) {
      const text = why ? `: ${messageOf(why)}` : ''
      const error = notSettled(activity, `the condition did not come true within ${timeout}${text}`)
      throw why ? Object.assign(error, { cause: why }) : error
    }
    await time.advanceTo(next)
  }
}

/** See `eventually` of a test cluster. @throws SettleError with the last failure as its cause */
export async function eventually<T>(
  activity: Activity,
  time: VirtualClock,
  look: () => T | Promise<T>,
  { timeout = '10m' }: Pick<SettleOptions, 'timeout'>,
): Promise<T> {
  const seen: T[] = []
  const until = async () => seen.push(await look())
  await settle(activity, time, { until, timeout })
  return seen[0] as T
}

/** `until` may ask for what is not there yet, or expect what is not so yet: that is a no. Other errors are the test's. */
async function ask(until: () => unknown): Promise<{ came: boolean; why?: unknown }> {
  try {
    return { came: Boolean(await until()) }
  } catch (error) {
    if ((error instanceof ApiError && error.code === 404) || isAssertion(error)) return { came: false, why: error }
    throw error
  }
}

/** Of Vitest or Chai, of Jest, of `node:assert`. */
const isAssertion = (error: unknown): boolean =>
  error instanceof Error && ('matcherResult' in error || ('actual' in error && 'expected' in error))
