import { Events } from '../../../api/core/v1/index.ts'
import { tooManyRequests } from '../../../api/errors.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'

export interface EventLimit {
  type: 'Server' | 'Namespace' | 'User' | 'SourceAndObject'
  /** Per second, of each key. */
  qps: number
  burst: number
  /** How many keys are remembered. Default 4096. */
  cacheSize?: number
}

interface Bucket {
  left: number
  at: number
}

/** Refuses Events that come faster than each of the limits allows. */
export function eventRateLimit(limits: readonly EventLimit[] = []): AdmissionPlugin {
  const buckets = limits.map(() => new Map<string, Bucket>())
  return {
    name: 'EventRateLimit',
    async validate(attributes) {
      const { operation, definition, subresource, context } = attributes
      if (
        definition.type !== Events ||
        subresource ||
        (operation !== 'CREATE' && operation !== 'UPDATE') ||
        context.dryRun
      )
        return
      const now = context.clock.now()
      const refused = limits.filter(
        (limit, i) => !takes(buckets[i] ?? new Map(), limit, keys[limit.type](attributes), now),
      )
      if (refused.length > 0)
        throw tooManyRequests(
          refused
            .map((limit) => `limit reached on type ${limit.type} for key ${keys[limit.type](attributes)}`)
            .join(', '),
          1,
        )
    },
  }
}

interface EventLike extends KubeObject {
  source?: { component?: string; host?: string }
  involvedObject?: { kind?: string; namespace?: string; name?: string; uid?: string; apiVersion?: string }
}

const keys: Record<EventLimit['type'], (attributes: AdmissionAttributes) => string> = {
  Server: () => '',
  Namespace: ({ namespace = '' }) => namespace,
  User: ({ context }) => context.user.name,
  SourceAndObject({ object }) {
    const { source = {}, involvedObject: about = {} } = (object ?? {}) as EventLike
    return [source.component, source.host, about.kind, about.namespace, about.name, about.uid, about.apiVersion].join(
      '',
    )
  },
}

/** Takes a token; false when there is none. The least recently used key is forgotten first. */
function takes(
  buckets: Map<string, Bucket>,
  { qps, burst, cacheSize = 4096 }: EventLimit,
  key: string,
  now: number,
): boolean {
  const bucket = buckets.get(key) ?? { left: burst, at: now }
  const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * qps)
  buckets.delete(key)
  if (buckets.size >= cacheSize)
    for (const oldest of buckets.keys()) return buckets.delete(oldest) && keep(buckets, key, left, now)
  return keep(buckets, key, left, now)
}

function keep(buckets: Map<string, Bucket>, key: string, left: number, now: number): boolean {
  const allowed = left >= 1
  buckets.set(key, { left: allowed ? left - 1 : left, at: now })
  return allowed
}
