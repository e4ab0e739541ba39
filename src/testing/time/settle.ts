import type { Call, UserInfo } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { keyOf } from '../../api/object.ts'
import { nextTurn } from '../../api/turn.ts'
import type { Informers } from '../../client/informers/informer.ts'
import type { RunningControllers } from '../../controller/run.ts'
import type { Scheduler } from '../../scheduler/scheduler.ts'
import type { Front } from '../faults/front.ts'

/** Something that a cluster waits for before it counts as settled. */
export interface Settling {
  name: string
  /** What it is still busy with; undefined: nothing. */
  busy(): string | undefined
}

/** The cluster did not come to rest; the message says what is still busy and why. */
export class SettleError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SettleError'
  }
}

/** So many idle turns in a row count as settled: a handler may take a turn or two to hand on what it has seen. */
const quietTurns = 5
/** Busy for so many turns without a request: it waits for something that only time brings. Loops over much take 100. */
const stalledTurns = 250
/** Starting thousands of pods takes some hundred thousand; who makes more is going round in circles. */
const mostRequests = 1_000_000
/** Who writes one object over and over is found out sooner: by a look at the last requests, every so often, ... */
const activityPerLook = 1_000
/** ... that has shown it so many times in a row. A quota is written for each of thousands of pods, but not as often. */
const mostLooks = 50

export interface Quiet {
  front: Front
  parts: readonly Settling[]
  /** Somebody at the other end of a port may be about to ask. Asked in each turn of the event loop. */
  expectsRequests(): boolean
}

/**
 * Resolves when everything is idle and has been for a few turns of the event loop, or, with `false`, when something is
 * busy but does nothing: only time can help it, or nothing. @throws SettleError when it goes round in circles.
 */
export async function untilQuiet({ front, parts, expectsRequests }: Quiet): Promise<boolean> {
  const begun = front.activity
  let seen = front.activity
  let look = { at: begun, circling: 0 }
  for (let quiet = 0, idle = 0; ; idle++) {
    await nextTurn()
    const awaiting = expectsRequests()
    if (front.activity !== seen || front.underWay.size > 0) {
      seen = front.activity
      idle = 0
      quiet = 0
      if (seen - look.at > activityPerLook) look = { at: seen, circling: isCircling(front) ? look.circling + 1 : 0 }
      if (seen - begun > mostRequests || look.circling > mostLooks) throw notSettled(front, parts)
      continue
    }
    quiet = parts.some((part) => part.busy() !== undefined) ? 0 : quiet + 1
    if (awaiting) continue
    if (quiet >= quietTurns) return true
    if (idle > stalledTurns) return false
  }
}

/** `until` may ask for what is not there yet: that is the rest of a sentence about it. Other errors are the test's. */
export async function cameTrue(until: () => unknown): Promise<true | string> {
  try {
    return (await until()) ? true : ''
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return `: ${error.message}`
    throw error
  }
}

/** With what is busy, and what it did last. */
export function notSettled(front: Front, parts: readonly Settling[], why?: string): SettleError {
  const most = [...countsOf(front.recent)].sort((a, b) => b[1] - a[1]).slice(0, 5)
  const lines = [
    ...whatIsBusy(front, parts),
    ...most.map(([title, count]) => `${count} of the last ${front.recent.length} requests: ${title}`),
  ]
  return new SettleError(`${why ?? 'the cluster does not settle'}:\n${lines.map((line) => `  - ${line}`).join('\n')}`)
}

/** A good part of the last requests wrote one and the same object. */
function isCircling({ recent }: Front): boolean {
  const writes = recent.filter(({ verb, name }) => name && (verb === 'update' || verb === 'patch'))
  return Math.max(0, ...countsOf(writes).values()) > recent.length / 4
}

/** By their titles. */
function countsOf(calls: readonly Call[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const call of calls) counts.set(titleOf(call), (counts.get(titleOf(call)) ?? 0) + 1)
  return counts
}

/** One line each. */
function whatIsBusy(front: Front, parts: readonly Settling[]): string[] {
  return [
    ...[...front.underWay].slice(0, 10).map((call) => `a request is under way: ${titleOf(call)}`),
    ...parts.flatMap((part) => {
      const busy = part.busy()
      return busy === undefined ? [] : [`${part.name}: ${busy}`]
    }),
  ]
}

/** `update deployments/status default/web by system:kube-controller-manager` */
export function titleOf({ verb, resource, subresource, name, namespace, user }: Call): string {
  const where = name ? ` ${keyOf({ name, ...(namespace && { namespace }) })}` : namespace ? ` in ${namespace}` : ''
  return `${verb} ${resource}${subresource ? `/${subresource}` : ''}${where} by ${user.name}`
}

export function controllersSettling(name: string, running: RunningControllers): Settling {
  return {
    name,
    busy() {
      if (running.idle) return undefined
      const busy = [...running.queues].filter(([, queue]) => !queue.idle)
      return busy
        .map(([name, { length }]) => `${name} is working${length > 0 ? `, ${length} keys wait` : ''}`)
        .join('; ')
    },
  }
}

export function schedulerSettling(scheduler: Scheduler): Settling {
  return {
    name: 'scheduler',
    busy: () => (scheduler.idle ? undefined : `${scheduler.pending.active} pods wait for their turn`),
  }
}

/** `user` is who the informers watch as. One whose watch was cut is behind until it has come through again. */
export function informersSettling(informers: Informers, front: Front, user: UserInfo): Settling {
  return {
    name: 'informers',
    busy() {
      const watched = new Set<string>()
      for (const { call } of front.watches) if (call.user === user) watched.add(`${call.group}/${call.resource}`)
      const behind = informers.all
        .filter(({ resource }) => !watched.has(`${resource.group}/${resource.resource}`))
        .map(({ resource }) => resource.resource)
      return behind.length === 0 ? undefined : `no watch of ${behind.join(', ')}; it is tried again after a back-off`
    },
  }
}
