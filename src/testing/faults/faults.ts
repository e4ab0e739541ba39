import type { Call } from '../../api/call.ts'
import { type Clock, sleep } from '../../api/clock.ts'
import { ApiError } from '../../api/errors.ts'
import { builtinResources } from '../../api/resources.ts'
import { ConnectionBroken } from '../../apiserver/http/exchange.ts'
import { type Duration, durationMs } from '../duration.ts'
import { type Checks, check, checkGiven, isCount, isDuration, isOneOf, isText } from '../given.ts'
import type { Traffic } from './traffic.ts'

/**
 * A fault of requests. Absent fields match all. If several faults match, each delays the request, and the first with a status
 * answers it.
 */
export interface Fault {
  verb?: Call['verb'] | Call['verb'][] | undefined
  /** `pods`, or with its subresource: `pods/status`, `pods/*`. */
  resource?: string
  namespace?: string
  name?: string
  /** The user: `system:kube-scheduler`. */
  user?: string
  /** The answer: 409, 410, 429, 500, 503 ... Or a network error: `'reset'`. Absent: only `latency`. */
  status?: number | 'reset'
  /** Message of that answer. */
  message?: string
  /** Retry-After of a 429 or 503, in seconds. */
  retryAfter?: number
  /** Delay of the request, in the cluster's time. */
  latency?: Duration
  /** Number of requests to strike. Default: all, until you remove it. */
  times?: number
}

/** Faults between clients and the API server. */
export interface Faults {
  /** The returned function removes the fault and returns how many requests it struck. */
  add(fault: Fault): () => number
  /** Ends all faults. */
  clear(): void
  /** Cuts the open watches of a resource (default: all). With 410, clients have to list again. */
  dropWatches(resource?: string, status?: 410): void
  /** Stops the server for this long (default: 0): every watch ends, connections are refused. */
  restartServer(downFor?: Duration): Promise<void>
}

/** Faults as the server's front applies them. */
export interface StrikingFaults extends Faults {
  /** Rejects a call, holds it up, or lets it through (undefined). */
  strike(call: Call): Promise<void> | undefined
}

/** The faults of a cluster at present. */
export interface ActiveFaults {
  readonly entries: Set<ActiveFault>
  /** Faults that have struck nothing and were not removed one by one; `clear` keeps them here. */
  readonly idle: Set<Fault>
  /** The server is stopped for a while. */
  away: boolean
  /** Whether some fault may still strike. */
  readonly any: boolean
  /** Messages of the errors that requests have met. */
  readonly words: Set<string>
  /** How often faults with `times` have struck. */
  spent: number
  /** Whether a fault that may still strike is why this was thrown, which may be of a client, or wrapped in another error. */
  caused(error: unknown): boolean
  /** Requests that a fault delays, and until when, in milliseconds since 1970. */
  readonly held: Map<Call, number>
}

interface ActiveFault {
  fault: Fault
  /** Number of requests left to strike. */
  left: number
  struck: number
}

/** None yet. */
export function noFaults(): ActiveFaults {
  const entries = new Set<ActiveFault>()
  return {
    entries,
    idle: new Set(),
    away: false,
    held: new Map(),
    words: new Set(),
    spent: 0,
    get any() {
      return this.away || [...entries].some(({ left }) => left > 0)
    },
    caused(error) {
      if (!this.any) return false
      const said = saidBy(error)
      return said.includes(mark) || [...this.words].some((words) => said.includes(words))
    },
  }
}

/** What an error and its causes say. */
function saidBy(error: unknown): string {
  const said: string[] = []
  for (let at = error, left = 10; at !== undefined && at !== null && left > 0; left--) {
    said.push(String(at))
    at = at instanceof Error ? at.cause : undefined
  }
  return said.join('\n')
}

/** Adds the fault to `active`, so that it strikes. */
export function faultsOf(active: ActiveFaults, clock: Clock, traffic: Traffic): StrikingFaults {
  const { entries } = active

  function dropWatches(resource?: string, error: Error = connectionLost()): void {
    for (const watch of [...traffic.watches]) if (!resource || watch.call.resource === resource) watch.end(error)
  }

  return {
    add(fault) {
      checkGiven('a fault', fault, faultChecks)
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY, struck: 0 }
      entries.add(entry)
      if (fault.status !== undefined || fault.latency) active.idle.add(fault)
      return () => {
        entries.delete(entry)
        active.idle.delete(fault)
        return entry.struck
      }
    },
    clear: () => entries.clear(),
    dropWatches(resource, status) {
      checkGiven('dropWatches', { resource, status }, dropChecks)
      dropWatches(resource, status === 410 ? errorOf(410) : undefined)
    },
    async restartServer(downFor = 0) {
      const downMs = durationMs(downFor)
      active.away = downMs > 0
      dropWatches()
      if (active.away)
        clock.after(downMs, () => {
          active.away = false
        })
    },
    strike(call) {
      if (active.away) return Promise.reject(noted(active, connectionRefused()))
      const striking: Fault[] = []
      for (const entry of entries) {
        if (entry.left === 0 || !fits(entry.fault, call)) continue
        entry.left--
        entry.struck++
        if (entry.fault.times !== undefined) active.spent++
        active.idle.delete(entry.fault)
        striking.push(entry.fault)
        // An answered request meets no further fault; a delayed one may.
        if (entry.fault.status !== undefined) break
      }
      return striking.length > 0 ? suffer(call, striking, clock, active) : undefined
    },
  }
}

async function suffer(call: Call, faults: Fault[], clock: Clock, active: ActiveFaults): Promise<void> {
  const { held } = active
  for (const { latency = 0, status, message, retryAfter } of faults) {
    const ms = durationMs(latency)
    if (ms > 0) {
      held.set(call, clock.now() + ms)
      await sleep(clock, ms)
      held.delete(call)
    }
    if (status === 'reset') throw noted(active, connectionLost())
    if (status !== undefined) throw noted(active, errorOf(status, message, retryAfter))
  }
}

function noted({ words }: ActiveFaults, error: Error): Error {
  if (error.message) words.add(error.message)
  return error
}

/** In the message of an answer that the test has given no other. */
const mark = '(a fault of the test)'

const verbs: Call['verb'][] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

/** A kind in place of a resource would match nothing. */
const isResource = check("a resource, in the plural: 'pods', 'pods/status'", (value) => {
  if (typeof value !== 'string') return false
  const [plural = ''] = value.split('/')
  const small = plural.toLowerCase()
  return plural === small && !builtinResources.some((r) => r.kind.toLowerCase() === small && r.resource !== small)
})

const faultChecks: Checks<Fault> = {
  verb: isOneOf(verbs, true),
  resource: isResource,
  namespace: isText,
  name: isText,
  user: isText,
  status: (value) =>
    value === 'reset' ? undefined : isCount(400, 599)(value) && `'reset', or ${isCount(400, 599)(value)}`,
  message: isText,
  retryAfter: isCount(0),
  latency: isDuration,
  times: isCount(0),
}
const dropChecks: Checks<{ resource?: string | undefined; status?: 410 | undefined }> = {
  resource: isResource,
  status: check('410', (value) => value === 410),
}

const connectionLost = () => new ConnectionBroken('read ECONNRESET')
const connectionRefused = () => new ConnectionBroken('connect ECONNREFUSED')

function fits({ verb, resource, namespace, name, user }: Fault, call: Call): boolean {
  if (verb !== undefined && ![verb].flat().includes(call.verb)) return false
  if (namespace !== undefined && call.namespace !== namespace) return false
  if (name !== undefined && call.name !== name) return false
  if (user !== undefined && call.user.name !== user) return false
  if (resource === undefined) return true
  const [plural, subresource] = resource.split('/')
  return plural === call.resource && (subresource === '*' || subresource === call.subresource)
}

const reasons: Record<number, [reason: string, message: string]> = {
  400: ['BadRequest', 'the request is bad'],
  403: ['Forbidden', 'this is forbidden'],
  404: ['NotFound', 'the requested resource was not found'],
  409: ['Conflict', 'the object has been modified; please apply your changes to the latest version and try again'],
  410: ['Expired', 'too old resource version'],
  422: ['Invalid', 'the object is invalid'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  500: ['InternalError', 'an error on the server'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the request did not complete within the allotted timeout'],
}

function errorOf(code: number, message?: string, retryAfterSeconds?: number): ApiError {
  const [reason, text] = reasons[code] ?? ['', `the server answered ${code}`]
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds }
  return new ApiError(code, reason, message ?? `${text} ${mark}`, details)
}
