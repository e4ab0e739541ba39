import type { Call, UserInfo } from '../../api/call.ts'
import { messageOf } from '../../api/errors.ts'

/** An open watch, and how to cut it off. */
export interface OpenWatch {
  call: Call
  /** Undefined: in good order. */
  end(error?: Error): void
}

/** The requests that pass a test cluster's front; they show whether the cluster is at rest. */
export interface Traffic {
  /** Requests that the server is working on, without those that a fault delays. */
  readonly underWay: ReadonlySet<Call>
  readonly watches: ReadonlySet<OpenWatch>
  /** Grows with each request and each batch of watch events. */
  readonly activity: number
  /** Number of requests begun so far. */
  readonly requests: number
  /** The last requests, at least 200, to name what keeps a cluster busy. */
  readonly recent: readonly Call[]
  /** Why the last list of a resource failed for a user, if it did. */
  refusal(user: UserInfo, group: string, resource: string): string | undefined
}

/** The same, for the front itself. */
export interface TrafficCounter extends Traffic {
  readonly watches: Set<OpenWatch>
  began(call: Call): void
  /** `error`: it failed. */
  ended(call: Call, error?: unknown): void
  /** Counts activity that `settle` does not wait for: a batch of watch events, a stream. */
  passed(): void
}

const recentCalls = 200

/** Requests for which `isDull` is true only count as activity. */
export function countTraffic(isDull: (call: Call) => boolean): TrafficCounter {
  const underWay = new Set<Call>()
  const recent: Call[] = []
  const refusals = new WeakMap<UserInfo, Map<string, string>>()
  let activity = 0
  let requests = 0
  return {
    underWay,
    watches: new Set(),
    recent,
    get activity() {
      return activity
    },
    get requests() {
      return requests
    },
    began(call) {
      activity++
      underWay.add(call)
      if (isDull(call)) return
      requests++
      recent.push(call)
      if (recent.length > 2 * recentCalls) recent.splice(0, recentCalls)
    },
    ended(call, error) {
      underWay.delete(call)
      activity++
      if (call.verb !== 'list') return
      const key = `${call.group}/${call.resource}`
      const own = refusals.get(call.user)
      if (error === undefined) own?.delete(key)
      else if (own) own.set(key, messageOf(error))
      else refusals.set(call.user, new Map([[key, messageOf(error)]]))
    },
    refusal: (user, group, resource) => refusals.get(user)?.get(`${group}/${resource}`),
    passed() {
      activity++
    },
  }
}
