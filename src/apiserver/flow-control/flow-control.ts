import type { Clock } from '../../api/clock.ts'
import { tooManyRequests } from '../../api/errors.ts'
import {
  type FlowSchema,
  FlowSchemas,
  type PriorityLevelConfiguration,
  PriorityLevelConfigurations,
} from '../../api/flowcontrol/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { routinely } from '../../api/routine.ts'
import type { Watcher } from '../cache/watchers.ts'
import { type Family, readings } from '../metrics/metrics.ts'
import type { Resources } from '../registry/resources.ts'
import { type Classified, Classifier, matcherOf } from './classify.ts'
import { type Configured, mandatory } from './defaults.ts'
import { type Leave, Level, type Refusal } from './level.ts'
import { divide, limitsOf } from './limits.ts'
import { type FlowStats, flowStats } from './stats.ts'
import { workOf } from './work.ts'

export interface FlowControlOptions {
  clock: Clock
  resources: Resources
  /** Requests that run at a time, of all levels together: upstream's two `--max-...requests-inflight` added up. */
  seats: number
  /** The longest wait in a queue. Upstream's default: a quarter of `--request-timeout`. */
  maxWaitMs?: number
}

/** A request that asks to be let in. */
export interface FlowRequest extends Classified {
  version?: string
  name?: string
  query: URLSearchParams
  /** Aborted when the client has gone. */
  signal(): AbortSignal
}

/** Where a request belongs. */
export interface Flow {
  /** Headers of its answer, which name its flow schema and priority level. */
  headers: Record<string, string>
  /** Enters at once or after a wait. The result gives the seats back. @throws or rejects with ApiError 429 */
  enter(): Leave | Promise<Leave>
}

/** Lets requests in. */
export interface Gate {
  flowOf(request: FlowRequest): Flow
}

/** API Priority and Fairness at work. */
export interface FlowControl extends Gate {
  /** Begins to follow the stored configuration. Before, the mandatory objects alone are in force. */
  begin(): void
  /** Calls back after each change of the stored configuration. */
  onChange(listener: () => void): void
  readonly levels: ReadonlyMap<string, Level>
  readonly families: readonly Family[]
  close(): void
}

interface Target {
  schema: Configured<FlowSchema>
  level: Level
  headers: Record<string, string>
  stats: FlowStats
}

/** Upstream's period. */
const adjustmentMs = 10_000
const rereadMs = 5000

/** Flow control of one server, by the FlowSchemas and PriorityLevelConfigurations that it stores. */
export function flowControl({ clock, resources, seats, maxWaitMs = 15_000 }: FlowControlOptions): FlowControl {
  const levels = new Map<string, Level>()
  const stats = flowStats()
  let classifier = new Classifier<Target>([])
  let lastResort: Target | undefined
  let cancel = () => {}
  let cancelReread = () => {}
  let isClosed = false

  const listeners: (() => void)[] = []

  function configure(): void {
    const configurations = withMandatory(
      stored<PriorityLevelConfiguration>(PriorityLevelConfigurations),
      mandatory.levels,
    )
    const schemas = withMandatory(stored<FlowSchema>(FlowSchemas), mandatory.schemas)
    const limits = limitsOf(configurations, seats)
    for (const name of [...levels.keys()]) if (!limits.has(name)) levels.delete(name)
    for (const configuration of configurations) {
      const { name, uid } = configuration.metadata
      const own = limits.get(name)
      if (!own) continue
      const present = levels.get(name)
      if (present?.uid === (uid ?? '')) present.configure(configuration.spec.limited?.limitResponse?.queuing, own)
      else levels.set(name, new Level(configuration, own, { clock, maxWaitMs }))
    }
    const matchers = schemas.flatMap((schema) => {
      const level = levels.get(schema.spec.priorityLevelConfiguration.name)
      return level ? [matcherOf(schema, targetOf(schema, level))] : []
    })
    classifier = new Classifier(matchers)
    lastResort = matchers.find(({ name }) => name === 'catch-all')?.target
  }

  const stored = <T>(type: { group: string; version: string; resource: string }): Stored<T>[] => {
    const served = resources.find(type.group, type.version, type.resource)
    return served ? served.cache.list({}).map(({ object }) => object as Stored<T>) : []
  }

  const targetOf = (schema: Configured<FlowSchema>, level: Level): Target => ({
    schema,
    level,
    headers: {
      'x-kubernetes-pf-flowschema-uid': schema.metadata.uid ?? '',
      'x-kubernetes-pf-prioritylevel-uid': level.uid,
    },
    stats: stats.of(level.name, schema.metadata.name),
  })

  function follow(): void {
    for (const { group, version, resource } of [FlowSchemas, PriorityLevelConfigurations]) {
      const { watchers } = resources.find(group, version, resource)?.cache ?? {}
      const watcher: Watcher = {
        selection: {},
        changes() {
          configure()
          for (const listener of listeners) listener()
        },
        // The caches are read again.
        end() {
          if (isClosed) return
          watchers?.add(watcher)
          cancelReread = clock.after(rereadMs, configure)
        },
      }
      watchers?.add(watcher)
    }
  }

  function adjustBorrowing(): void {
    const limited = [...levels.values()].filter(({ isExempt }) => !isExempt)
    const parts = divide(
      seats,
      limited.map((level) => level.claim()),
    )
    limited.forEach((level, i) => {
      const limit = Math.round(parts[i] ?? level.limits.nominal)
      if (limit !== level.limit) level.adjust(limit)
    })
  }

  const adjustLater = () => {
    cancel = routinely(clock, adjustmentMs, () => {
      adjustBorrowing()
      adjustLater()
    })
  }

  configure()
  return {
    levels,
    families: [...stats.families, ...levelFamilies(levels, seats)],
    begin() {
      if (isClosed) return
      configure()
      follow()
      adjustLater()
    },
    flowOf(request) {
      const target = classifier.classify(request) ?? lastResort
      if (!target) return open
      const { headers } = target
      return { headers, enter: () => enter(target, request) }
    },
    onChange: (listener) => void listeners.push(listener),
    close() {
      isClosed = true
      cancel()
      cancelReread()
    },
  }

  function enter({ level, schema, stats }: Target, request: FlowRequest): Leave | Promise<Leave> {
    const { group = '', version = '', resource } = request
    const cache = resource === undefined ? undefined : resources.find(group, version, resource)?.cache
    const { seats, lingerMs } = workOf(request, cache, level.limits.nominal)
    const flow = `${schema.metadata.name}\n${distinguisher(schema, request)}`
    const entry = level.enter({ flow, stats, seats, lingerMs, signal: request.signal })
    const settle = (outcome: Leave | Refusal): Leave => {
      if (typeof outcome === 'function') return outcome
      stats.refused(outcome)
      level.retryAfter.refused(clock.now())
      throw tooManyRequests('Too many requests, please try again later.', level.retryAfter.seconds)
    }
    return entry instanceof Promise ? entry.then(settle) : settle(entry)
  }
}

const open: Flow = { headers: {}, enter: () => () => {} }

/** The flow of a request within its schema. */
function distinguisher({ spec }: Configured<FlowSchema>, { user, namespace = '' }: Classified): string {
  const type = spec.distinguisherMethod?.type
  if (type === 'ByUser') return user.name
  return type === 'ByNamespace' ? namespace : ''
}

/** The stored objects, and the mandatory ones that are not stored yet. */
function withMandatory<T extends { spec?: unknown }>(
  stored: Configured<T>[],
  required: readonly Configured<T>[],
): Configured<T>[] {
  const names = new Set(stored.map(({ metadata }) => metadata.name))
  return [...stored, ...required.filter(({ metadata }) => !names.has(metadata.name))]
}

function levelFamilies(levels: ReadonlyMap<string, Level>, serverSeats: number): Family[] {
  const gauge = (name: string, help: string, read: (level: Level) => number) =>
    readings(`apiserver_flowcontrol_${name}`, help, ['priority_level'], () =>
      [...levels.values()].map((level) => [[level.name], read(level)] as const),
    )
  return [
    gauge('nominal_limit_seats', 'Seats by configuration.', ({ limits }) => limits.nominal),
    gauge('lower_limit_seats', 'Seats when all that may be lent is lent.', ({ limits }) => limits.least),
    gauge('upper_limit_seats', 'Seats when all that may be borrowed is borrowed.', ({ limits }) =>
      Math.min(limits.most, serverSeats),
    ),
    gauge('current_limit_seats', 'Seats at present.', ({ limit }) => limit),
    gauge('request_concurrency_limit', 'Seats by configuration, by its old name.', ({ limits }) => limits.nominal),
    gauge('demand_seats_smoothed', 'Smoothed demand.', ({ smoothedDemand }) => smoothedDemand),
  ]
}
