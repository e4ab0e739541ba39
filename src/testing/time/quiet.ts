import { nextTurn } from '../../api/turn.ts'
import type { Traffic } from '../faults/traffic.ts'
import { isCircling, notSettled } from './settle-error.ts'

/** Something that a cluster waits for before it counts as settled. */
export interface Settling {
  name: string
  /** What it is still busy with; undefined: nothing. */
  busy(): string | undefined
  /** Only time can help it: it holds up `settle`, but not the clock. */
  needsTime?: boolean
}

/** By what a cluster tells whether it is at rest. */
export interface Activity {
  traffic: Traffic
  parts: ReadonlySet<Settling>
  /** A client at the other end of a port may be about to ask. Asked in each turn of the event loop. */
  expectsRequests(): boolean
}

/** So many idle turns in a row count as settled: a handler may take a turn or two to hand on what it has seen. */
const quietTurns = 5
/** Busy for so many turns without a request: it waits for something that only time brings. Loops over much take 100. */
const stalledTurns = 250
/** Starting thousands of pods takes some hundred thousand; what makes more is going round in circles. */
const mostRequests = 1_000_000
/** What writes one object over and over is found sooner: by a look at the last requests, every so often, ... */
const activityPerLook = 1_000
/** ... that has shown it so many times in a row. A quota is written for each of thousands of pods, but not as often. */
const mostLooks = 50

/**
 * Resolves when everything is idle and has been for a few turns of the event loop, or, with `false`, when something is
 * busy but does nothing: only time can help it, or nothing. Of `'work'` those parts are left out that only time can help.
 * @throws SettleError when it goes round in circles.
 */
export async function untilQuiet(activity: Activity, of: 'everything' | 'work' = 'everything'): Promise<boolean> {
  const { traffic, parts, expectsRequests } = activity
  const isBusy = () => [...parts].some((part) => !(of === 'work' && part.needsTime) && part.busy() !== undefined)
  const begun = traffic.activity
  let seen = traffic.activity
  let look = { at: begun, circling: 0 }
  for (let quiet = 0, idle = 0; ; idle++) {
    await nextTurn()
    const awaiting = expectsRequests()
    if (traffic.activity !== seen || traffic.underWay.size > 0) {
      seen = traffic.activity
      idle = 0
      quiet = 0
      if (seen - look.at > activityPerLook) look = { at: seen, circling: isCircling(traffic) ? look.circling + 1 : 0 }
      if (seen - begun > mostRequests || look.circling > mostLooks) throw notSettled(activity)
      continue
    }
    quiet = isBusy() ? 0 : quiet + 1
    if (awaiting) continue
    if (quiet >= quietTurns) return true
    if (idle > stalledTurns) return false
  }
}
