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
  /** Why the last list or watch of a resource was refused to a user, if none has been opened since. */
  refusal(user: UserInfo, group: string, resource: string): string | undefined
}

/** The same, for the front itself. */
export interface TrafficCounter extends Traffic {
  readonly watches: Set<OpenWatch>
  began(call: Call): void
  ended(call: Call): void
  /** By the server, or by a fault. */
  refused(call: Call, error: unknown): void
  /** A watch. */
  opened(call: Call): void
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
    ended(call) {
      underWay.delete(call)
      activity++
    },
    refused(call, error) {
      if (call.verb !== 'list' && call.verb !== 'watch') return
      const own = refusals.get(call.user) ?? new Map<string, string>()
      refusals.set(call.user, own.set(keyOf(call), messageOf(error)))
    },
    opened: (call) => void refusals.get(call.user)?.delete(keyOf(call)),
    refusal: (user, group, resource) => refusals.get(user)?.get(keyOf({ group, resource })),
    passed() {
      activity++
    },
  }
}

const keyOf = ({ group, resource }: Pick<Call, 'group' | 'resource'>): string => `${group}/${resource}`
