import type { Call, UserInfo } from '../../api/call.ts'
import { messageOf } from '../../api/errors.ts'

/** A watch that is open, and how to cut it off. */
export interface OpenWatch {
  call: Call
  /** Undefined: in good order. */
  end(error?: Error): void
}

/** What passes the door of a test cluster's API server, by which others tell whether the cluster is at rest. */
export interface Traffic {
  /** Requests that the server is working on. Those held up at the door do not count. */
  readonly underWay: ReadonlySet<Call>
  readonly watches: ReadonlySet<OpenWatch>
  /** Grows with each request and each batch of watch events. */
  readonly activity: number
  /** How many requests have begun. */
  readonly requests: number
  /** Those begun last, at least 200 of them, for naming what keeps a cluster busy. */
  readonly recent: readonly Call[]
  /** Why the last list of a resource failed for a user, if it did. */
  refusal(user: UserInfo, group: string, resource: string): string | undefined
}

/** The same, for the door itself. */
export interface TrafficCounter extends Traffic {
  readonly watches: Set<OpenWatch>
  began(call: Call): void
  /** `error`: it failed. */
  ended(call: Call, error?: unknown): void
  /** Something that is not waited for: a batch of watch events, a stream. */
  passed(): void
}

const recentCalls = 200

/** `isDull` says which requests are no news: they count as activity, and as nothing else. */
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
