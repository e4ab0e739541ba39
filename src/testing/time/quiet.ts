import type { Call } from '../../api/call.ts'
import { isLoading } from '../../api/loading.ts'
import { nextTurn } from '../../api/turn.ts'
import type { Traffic } from '../faults/traffic.ts'
import type { Blame, Loops } from './failures.ts'
import { notSettled, titleOf } from './settle-error.ts'

/** Something that a cluster waits for before it counts as settled. */
export interface Settling {
  name: string
  /** What it is still busy with; undefined: nothing. */
  busy(): string | undefined
  /** Only time can help it: it holds up `settle`, but not the clock. */
  needsTime?: boolean
}

/** The parts that show whether a cluster is at rest. */
export interface Activity {
  traffic: Traffic
  parts: ReadonlySet<Settling>
  loops: ReadonlySet<Loops>
  /** What they hold up, and which failures are theirs. */
  faults: Blame & { readonly held: ReadonlyMap<Call, number> }
  /** A client at the other end of a port may be about to ask. Asked in each turn of the event loop. */
  expectsRequests(): boolean
}

/** So many idle turns in a row count as settled: a handler may take a turn or two to hand on what it has seen. */
const quietTurns = 5
/** Busy for so many turns without a request: it waits for something that only time brings. Loops over much take 100. */
const stalledTurns = 250
/** Starting thousands of pods takes some hundred thousand; what makes more is going round in circles. */
const mostRequests = 1_000_000
/** What asks the same over and over is found sooner: by a look at the last requests, every so often. */
const activityPerLook = 300

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
  const isCircling = watchForCircles(traffic)
  let looked = begun
  for (let quiet = 0, idle = 0; ; idle++) {
    await nextTurn()
    const awaiting = expectsRequests()
    if (traffic.activity !== seen || traffic.underWay.size > 0 || isLoading()) {
      seen = traffic.activity
      idle = 0
      quiet = 0
      if (seen - looked > activityPerLook) {
        looked = seen
        if (isCircling() || seen - begun > mostRequests) throw notSettled(activity, goesRound)
      }
      continue
    }
    quiet = isBusy() ? 0 : quiet + 1
    if (awaiting) continue
    if (quiet >= quietTurns) return true
    if (idle > stalledTurns) return false
  }
}

const goesRound =
  'the cluster does not settle: it asks the same again and again, as each write wakes what makes the next one'

/**
 * Answers, each time it is asked, whether for long nothing has been asked of the server that had not been asked before. The
 * more has been asked before, the longer: thousands of pods change their status several times, each.
 */
function watchForCircles(traffic: Traffic): () => boolean {
  const titles = new Set<string>()
  let seen = traffic.requests
  let repeated = 0
  return () => {
    const fresh = Math.min(traffic.requests - seen, traffic.recent.length)
    seen = traffic.requests
    for (const call of traffic.recent.slice(traffic.recent.length - fresh)) {
      const title = titleOf(call)
      const isNews = !titles.has(title) || isNameless(call)
      titles.add(title)
      repeated = isNews ? 0 : repeated + 1
    }
    return repeated > 800 + 10 * titles.size
  }
}

/** It makes an object whose name the server finds: each is another one. */
const isNameless = ({ verb, body }: Call): boolean =>
  verb === 'create' && !(body as { metadata?: { name?: string } } | undefined)?.metadata?.name
