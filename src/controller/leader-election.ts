import { type Clock, formatMicroTime, sleep } from '../api/clock.ts'
import { type Lease, Leases } from '../api/coordination/v1/index.ts'
import { codeOf } from '../api/errors.ts'
import type { Log } from '../api/log.ts'
import type { Stored } from '../api/object.ts'
import type { Random } from '../api/random.ts'
import type { Client } from '../client/client.ts'
import type { EventRecorder } from './controller.ts'

/** The Lease, the candidate, and its timing. */
export interface LeaderElectionOptions {
  client: Client
  clock: Clock
  random: Random
  log: Log
  events?: EventRecorder
  /** Name of the Lease: `kube-controller-manager`. */
  name: string
  /** Default: kube-system. */
  namespace?: string
  /** Different for each candidate: host name and a uuid. */
  identity: string
  /** A lease not renewed for this long is free. Default 15 s. */
  leaseDurationMs?: number
  /** A leader that could not renew for this long gives up. Default 10 s. */
  renewDeadlineMs?: number
  /** Between attempts; jittered up to 2.2 times. Default 2 s. */
  retryPeriodMs?: number
}

/**
 * Waits to become the leader, then runs `lead` with a signal that is aborted when leadership is lost or `signal` is
 * aborted, and resolves when `lead` has: a process that has lost leadership should restart. At most one candidate leads at a
 * time as long as clocks run at about the same speed (they need not show the same time). A leader that stops in good order
 * releases the lease, so that the next one need not wait.
 */
export async function leaderElection(
  options: LeaderElectionOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log, identity, name } = options
  const { renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options
  const attempt = candidate(options)
  /** When the request was sent that set the present lease: the lease may count from then. */
  let renewed = clock.now()

  for (;;) {
    if (signal.aborted) break
    renewed = clock.now()
    if (await inTime(clock, renewDeadlineMs, attempt.acquire(), signal)) break
    await sleep(clock, retryPeriodMs * (1 + 1.2 * random.next()), signal)
  }

  // The last attempt may still succeed.
  if (signal.aborted) return void (await inTime(clock, renewDeadlineMs, attempt.release()))
  log.info(`became the leader`, { lease: name, identity })
  const lost = new AbortController()
  const over = new AbortController()
  const leading = AbortSignal.any([signal, lost.signal])
  const ended = AbortSignal.any([leading, over.signal])
  const led = lead(leading).finally(() => over.abort())
  // The `await` below throws its failure.
  led.catch(() => {})
  while (!ended.aborted) {
    await sleep(clock, retryPeriodMs, ended)
    if (ended.aborted) break
    const asked = clock.now()
    if (await inTime(clock, renewed + renewDeadlineMs - asked, attempt.acquire(), ended)) renewed = asked
    else if (attempt.takenByOther || clock.now() - renewed >= renewDeadlineMs) lost.abort()
  }
  if (lost.signal.aborted) log.error('leadership was lost', { lease: name, identity })
  try {
    await led
  } finally {
    // Release it only after the work has ended: the next leader begins at once.
    if (!lost.signal.aborted) await inTime(clock, renewDeadlineMs, attempt.release())
  }
}

/** The result of `asked`; undefined if it takes longer or `signal` is aborted: a hanging server must not hang a leader. */
async function inTime<T>(clock: Clock, ms: number, asked: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  const over = new AbortController()
  const late = sleep(clock, ms, AbortSignal.any([over.signal, ...(signal ? [signal] : [])]))
  try {
    return await Promise.race([asked, late.then(() => undefined)])
  } finally {
    over.abort()
  }
}

/** One candidate's view of the lease. The time when it saw a change counts, not the times in the lease. */
function candidate({ client, clock, log, events, identity, ...options }: LeaderElectionOptions) {
  const { name, namespace = 'kube-system', leaseDurationMs = 15_000 } = options
  let seen: { renewTime?: string; holder?: string; at: number } | undefined
  let held: Stored<Lease> | undefined
  /** Why the last attempt failed: the log says it once, not every two seconds. */
  let failure: string | undefined
  let underWay: Promise<unknown> = Promise.resolve()

  const fresh = (old?: Lease['spec']) => renewedBy(identity, old, leaseDurationMs, clock.now())

  async function write(lease: Lease): Promise<void> {
    const mine = held?.spec.holderIdentity === identity
    held = lease.metadata?.resourceVersion ? await client.update(Leases, lease) : await client.create(Leases, lease)
    if (!mine) events?.record(held, 'Normal', 'LeaderElection', `${identity} became leader`)
  }

  async function tryAcquire(): Promise<boolean> {
    const metadata = { name, namespace }
    let lease: Stored<Lease>
    try {
      lease = await client.get(Leases, metadata)
    } catch (error) {
      if (codeOf(error) !== 404) throw error
      await write({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: fresh() })
      return true
    }
    const { holderIdentity: holder, renewTime, leaseDurationSeconds } = lease.spec
    if (!seen || seen.renewTime !== renewTime || seen.holder !== holder) seen = { renewTime, holder, at: clock.now() }
    const validMs = (leaseDurationSeconds ?? leaseDurationMs / 1000) * 1000
    if (holder && holder !== identity && clock.now() < seen.at + validMs) {
      held = undefined
      return false
    }
    await write({ ...lease, spec: fresh(lease.spec) })
    return true
  }

  return {
    /** Takes the lease or renews it. False: another candidate holds it, or the server did not answer. */
    async acquire(): Promise<boolean> {
      this.takenByOther = false
      try {
        const attempt = tryAcquire()
        underWay = attempt.catch(() => {})
        const done = await attempt
        this.takenByOther = !done
        failure = undefined
        return done
      } catch (error) {
        const text = String(error)
        const isNews = text !== failure && codeOf(error) !== 409
        log[isNews ? 'warn' : 'debug']('the lease could not be taken or renewed, will try again', {
          lease: name,
          error: text,
        })
        failure = text
        return false
      }
    },
    /** The last attempt showed that another candidate holds it. */
    takenByOther: false,
    /** Waits for the attempt under way first. */
    async release(): Promise<void> {
      await underWay
      if (!held || held.spec.holderIdentity !== identity) return
      const spec = {
        ...held.spec,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        renewTime: formatMicroTime(clock.now()),
      }
      await client.update(Leases, { ...held, spec }).catch((error: unknown) => {
        log.debug('the lease could not be released', { lease: name, error: String(error) })
      })
    },
  }
}

/** The lease after `identity` has taken or renewed it. */
function renewedBy(identity: string, old: Lease['spec'], leaseDurationMs: number, at: number): Lease['spec'] {
  const now = formatMicroTime(at)
  const mine = old?.holderIdentity === identity
  const transitions = old?.leaseTransitions ?? 0
  return {
    ...old,
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
    acquireTime: mine ? old.acquireTime : now,
    renewTime: now,
    leaseTransitions: old && !mine ? transitions + 1 : transitions,
  }
}
