import type { Call } from '../../api/call.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { ObjectMeta } from '../../api/meta/v1/index.ts'
import { type KubeObject, keyOf, type Stored } from '../../api/object.ts'
import type { Failure } from '../../controller/queue.ts'
import { type ReconcileError, reconcileError } from '../time/failures.ts'

/** One write, with its time and user. */
export interface Change {
  /** Milliseconds since 1970, of the cluster's clock. */
  at: number
  user: string
  verb: Call['verb']
  /** `pods`, `pods/status` */
  resource: string
  /** `default/web-1` */
  key: string
  /** The written object; undefined for a deletion. */
  object: KubeObject | undefined
  /** `spec.replicas: 3 → 5`; empty for a creation, a deletion, or a write without a change. */
  readonly diff: string[]
}

/** Selects changes that match all given fields. */
export interface TimelineFilter {
  /** Part of the resource, the key or the user: `web`, `pods`, `scheduler`. */
  about?: string
  /** Milliseconds since 1970. */
  since?: number
  /** Default: without `leases` and `events`. */
  all?: boolean
}

/** The writes of a cluster, oldest first. */
export interface Timeline {
  readonly changes: Change[]
  /** Reconciles that failed. */
  readonly failures: ReconcileError[]
  /** One line per write, with the failures in between. */
  toString(): string
  /** A Mermaid sequence diagram. */
  mermaid(): string
}

export interface Recorder {
  answered(call: Call, object: KubeObject): void
  failed(controller: string, key: string, failure: Failure): void
  /** Number of Events created so far. */
  readonly eventsCreated: number
  timeline(filter?: TimelineFilter): Timeline
}

const mostFailures = 1_000
const mostChanges = 10_000

/** Records the last 10,000 writes of a cluster. */
export function recordChanges(now: () => number): Recorder {
  const began = now()
  const changes: Change[] = []
  const failures: ReconcileError[] = []
  const known = new Map<string, KubeObject>()
  let eventsCreated = 0

  return {
    answered(call, object) {
      if (call.options.dryRun || /review$/.test(object.kind?.toLowerCase() ?? '')) return
      const { verb, user, subresource, namespace } = call
      if (verb === 'create' && call.resource === 'events') eventsCreated++
      const resource = subresource ? `${call.resource}/${subresource}` : call.resource
      const name = call.name ?? object.metadata?.name ?? ''
      const key = keyOf({ name, ...(namespace && { namespace }) })
      const id = `${call.group} ${call.resource} ${key}`
      const isObject = object.kind !== 'Status' && object.metadata?.uid !== undefined
      const before = known.get(id)
      const isGone = isObject ? isOver(object.metadata, call) : verb.startsWith('delete')
      if (isGone) known.delete(id)
      else if (isObject) known.set(id, object)
      const after = isGone || !isObject ? undefined : object
      changes.push({
        at: now(),
        user: user.name,
        verb,
        resource,
        key,
        object: after,
        get diff() {
          return before && after ? differences(before, after) : []
        },
      })
      if (changes.length <= 2 * mostChanges) return
      // Leaves Events out.
      for (const { object } of changes.splice(0, mostChanges))
        if (object?.kind === 'Event') known.delete(` events ${keyOf(object as Stored<KubeObject>)}`)
    },
    failed(controller, key, failure) {
      failures.push(reconcileError(controller, key, failure))
      if (failures.length > 2 * mostFailures) failures.splice(0, mostFailures)
    },
    get eventsCreated() {
      return eventsCreated
    },
    timeline({ about, since = 0, all = false } = {}) {
      const wanted = changes.filter(
        ({ at, user, resource, key }) =>
          at >= since &&
          (all || !/^(leases|events)$/.test(resource)) &&
          (!about || [user, resource, key].some((text) => text.includes(about))),
      )
      const failed = failures.filter(
        ({ at, controller, key }) => at >= since && (!about || [controller, key].some((text) => text.includes(about))),
      )
      const seconds = (at: number) => `+${Number(((at - began) / 1000).toFixed(3))}s`
      return {
        changes: wanted,
        failures: failed,
        toString: () =>
          [...wanted.map((change) => ({ at: change.at, line: lineOf(change) })), ...failed.map(lineOfFailure)]
            .sort((a, b) => a.at - b.at)
            .map(({ at, line }) => `${seconds(at).padEnd(9)} ${line}`)
            .join('\n'),
        mermaid: () => mermaid(wanted, seconds),
      }
    },
  }
}

/** No finalizer holds it any more: this write was its last. */
function isOver(metadata: ObjectMeta = {}, { verb, body }: Call): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = metadata
  const asked =
    verb === 'delete' ? (body as { gracePeriodSeconds?: number } | undefined)?.gracePeriodSeconds : undefined
  return deletionTimestamp !== undefined && (asked ?? deletionGracePeriodSeconds) === 0 && finalizers.length === 0
}

const lineOfFailure = (error: ReconcileError) => ({ at: error.at, line: String(error) })

const lineOf = ({ user, verb, resource, key, diff }: Change): string =>
  `${shortUser(user)}: ${verb} ${resource} ${key}${diff.length > 0 ? `  ${diff.join(', ')}` : ''}`

const shortUser = (user: string) => user.replace(/^system:(node:|kube-)?/, '')

function mermaid(changes: Change[], seconds: (at: number) => string): string {
  const participants = new Map<string, string>()
  for (const { user } of changes) if (!participants.has(user)) participants.set(user, `p${participants.size}`)
  const lines = ['sequenceDiagram']
  for (const [user, id] of participants) lines.push(`  participant ${id} as ${plain(shortUser(user))}`)
  lines.push('  participant api as API server')
  let last: number | undefined
  for (const { at, user, verb, resource, key } of changes) {
    if (at !== last) lines.push(`  Note over api: ${seconds(at)}`)
    last = at
    lines.push(`  ${participants.get(user)}->>api: ${plain(`${verb} ${resource} ${key}`)}`)
  }
  return lines.join('\n')
}

/** Removes characters with a meaning in Mermaid. */
const plain = (text: string) => text.replace(/[;#:<>]/g, ' ')

const dull = new Set(['metadata.managedFields', 'metadata.resourceVersion', 'metadata.generation'])
const mostDifferences = 8

/** The paths that differ, each with the old and the new value. */
function differences(before: unknown, after: unknown): string[] {
  const found: string[] = []
  const walk = (a: unknown, b: unknown, path: string) => {
    if (found.length > mostDifferences || a === b || dull.has(path)) return
    if (isNested(a) && isNested(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        walk(a[key], b[key], path ? `${path}.${key}` : key)
    } else found.push(`${path}: ${shown(a)} → ${shown(b)}`)
  }
  walk(before, after, '')
  return found.length > mostDifferences ? [...found.slice(0, mostDifferences), '...'] : found
}

const isNested = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function shown(value: unknown): string {
  const text = value === undefined ? 'none' : typeof value === 'string' ? value : jsonText(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
