import { conditionOf } from '../../api/conditions.ts'
import type { Event } from '../../api/core/v1/index.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { keyOf } from '../../api/object.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { type Checks, check, checkGiven, isOneOf, isText } from '../given.ts'
import { announcedErrors } from '../time/failures.ts'

/** What Vitest and Jest want of a matcher. */
export interface MatcherResult {
  pass: boolean
  /** What a failing `expect` says. */
  message(): string
}

/** Which event is looked for; what is not given fits all. */
export interface EventPattern {
  reason?: string
  type?: 'Normal' | 'Warning'
  message?: string | RegExp
  /** Of the object it is about. */
  kind?: string
  name?: string
}

/** For the types of `expect(...)`. */
export interface K8tsMatchers<R = unknown> {
  /** A Pod or Node that is Ready, a workload all of whose replicas are, a Job that is complete. */
  toBeReady(): R
  /** `expect(pod).toHaveCondition('Ready', 'False', 'ContainersNotReady')` */
  toHaveCondition(type: string, status?: 'True' | 'False' | 'Unknown', reason?: string): R
  /** One of its owners is this object. */
  toBeOwnedBy(owner: object): R
  /** Of those that hold up its end. */
  toHaveFinalizer(finalizer: string): R
  /** With this value, where one is given. */
  toHaveLabel(label: string, value?: string): R
  /** Of `await cluster.events()`; of the cluster itself it is a promise. */
  toHaveEvent(pattern: EventPattern): R
}

interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
}

interface Checked {
  kind?: string
  metadata?: {
    name?: string
    namespace?: string
    uid?: string
    generation?: number
    labels?: Record<string, string>
    finalizers?: readonly string[]
    ownerReferences?: readonly { kind: string; name: string; uid: string }[]
  }
  spec?: { replicas?: number }
  status?: {
    observedGeneration?: number
    replicas?: number
    readyReplicas?: number
    updatedReplicas?: number
    numberReady?: number
    desiredNumberScheduled?: number
    conditions?: Condition[]
  }
}

/** For `expect.extend(matchers)`, of Vitest and Jest alike. */
export const matchers = {
  /** A Pod or Node that is Ready, a workload all of whose replicas are, a Job that is complete. */
  toBeReady(object: Checked): MatcherResult {
    checkObject('toBeReady', object)
    const why = notReady(object)
    return {
      pass: why === undefined,
      message: () =>
        why === undefined
          ? `${titleOf(object)} is ready, and should not be`
          : `${titleOf(object)} is not ready: ${why}${failing(object)}`,
    }
  },

  /** A condition of this type and status, and of this reason where one is given. */
  toHaveCondition(object: Checked, type: string, status = 'True', reason?: string): MatcherResult {
    checkObject('toHaveCondition', object)
    const found = conditionOf(object.status?.conditions, type)
    const pass = found?.status === status && (reason === undefined || found.reason === reason)
    const wanted = `${type}=${status}${reason === undefined ? '' : ` (${reason})`}`
    const all = (object.status?.conditions ?? []).map(shown).join(', ')
    return {
      pass,
      message: () =>
        `expected ${titleOf(object)} ${to(pass)} have ${wanted}; its conditions: ${all || 'none'}${failing(object)}`,
    }
  },

  /** One of its owners is this object. */
  toBeOwnedBy(object: Checked, owner: Checked): MatcherResult {
    checkObject('toBeOwnedBy', object)
    checkObject('toBeOwnedBy', owner)
    const owners = object.metadata?.ownerReferences ?? []
    const uid = owner.metadata?.uid
    if (!uid) throw new TypeError(`toBeOwnedBy takes an owner that is stored, with a uid; ${titleOf(owner)} has none`)
    const pass = owners.some((reference) => reference.uid === uid)
    const shownOwners = owners.map(({ kind, name }) => `${kind} ${name}`).join(', ')
    return {
      pass,
      message: () =>
        `expected ${titleOf(object)} ${to(pass)} be owned by ${titleOf(owner)}; its owners: ${shownOwners || 'none'}${failing(object)}`,
    }
  },

  /** Of those that hold up its end. */
  toHaveFinalizer(object: Checked, finalizer: string): MatcherResult {
    checkObject('toHaveFinalizer', object)
    const all = object.metadata?.finalizers ?? []
    const pass = all.includes(finalizer)
    return {
      pass,
      message: () =>
        `expected ${titleOf(object)} ${to(pass)} have the finalizer ${finalizer}; it has: ${all.join(', ') || 'none'}${failing(object)}`,
    }
  },

  /** With this value, where one is given. */
  toHaveLabel(object: Checked, label: string, value?: string): MatcherResult {
    checkObject('toHaveLabel', object)
    const labels = object.metadata?.labels ?? {}
    const pass = value === undefined ? Object.hasOwn(labels, label) : labels[label] === value
    const all = Object.entries(labels).map(([key, text]) => `${key}=${text}`)
    const wanted = value === undefined ? label : `${label}=${value}`
    return {
      pass,
      message: () =>
        `expected ${titleOf(object)} ${to(pass)} have the label ${wanted}; it has: ${all.join(', ') || 'none'}${failing(object)}`,
    }
  },

  /** At least one event that fits. */
  toHaveEvent(received: Event[] | TestCluster, pattern: EventPattern): MatcherResult | Promise<MatcherResult> {
    checkObject('toHaveEvent', received)
    checkGiven('toHaveEvent', pattern, patternChecks)
    return Array.isArray(received)
      ? hasEvent(received, pattern)
      : received.events().then((all) => hasEvent(all, pattern, received.eventsCreated - all.length))
  },
}

function hasEvent(events: Event[], pattern: EventPattern, expired = 0): MatcherResult {
  const { reason, type, message, kind, name } = pattern
  const pass = events.some(
    (event) =>
      (reason ?? event.reason) === event.reason &&
      (type ?? event.type) === event.type &&
      (kind ?? event.involvedObject.kind) === event.involvedObject.kind &&
      (name ?? event.involvedObject.name) === event.involvedObject.name &&
      (message === undefined ||
        (typeof message === 'string' ? event.message?.includes(message) : message.test(event.message ?? ''))),
  )
  const gone = expired > 0 ? `\n  ${expired} older ones have expired: Events are kept for an hour` : ''
  const last = events
    .slice(-10)
    .map((e) => `  ${e.type} ${e.reason} ${e.involvedObject.kind}/${e.involvedObject.name}: ${e.message}`)
  const wanted = jsonText({ ...pattern, ...(message !== undefined && { message: String(message) }) })
  return {
    pass,
    message: () =>
      `expected ${to(pass)} find an event like ${wanted}; the last ones:\n${last.join('\n') || '  none'}${gone}`,
  }
}

const mostErrors = 3

/** What fails in the clusters of this process, in lines of its own: most likely it is why. */
function failing({ metadata }: Checked): string {
  const key = metadata?.name && keyOf({ ...metadata, name: metadata.name })
  return announcedErrors(key)
    .slice(0, mostErrors)
    .map((error) => `\n  ${error}`)
    .join('')
}

const to = (pass: boolean) => (pass ? 'not to' : 'to')

const patternChecks: Checks<EventPattern> = {
  reason: isText,
  type: isOneOf(['Normal', 'Warning']),
  message: check('a text, or a regular expression', (value) => typeof value === 'string' || value instanceof RegExp),
  kind: isText,
  name: isText,
}

/** What is no object is never found to be ready, and with `not` for the wrong reason. @throws TypeError */
function checkObject(matcher: string, given: unknown): void {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${matcher} takes an object, not ${String(given)}`)
  if (!('then' in given)) return
  // It is nobody's any more; a rejection of it would end the test run.
  void Promise.resolve(given).catch(() => {})
  throw new TypeError(`${matcher} takes an object, not a promise of one: await it`)
}

/** Undefined: it is. */
function notReady(object: Checked): string | undefined {
  const { kind = '', metadata = {}, spec = {}, status = {} } = object
  if (status.observedGeneration !== undefined && status.observedGeneration < (metadata.generation ?? 0))
    return 'its newest generation has not been looked at yet'
  if (kind === 'DaemonSet') return replicas(status.numberReady, status.desiredNumberScheduled)
  if (kind === 'Job') return jobNotReady(object)
  const isWorkload = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'].includes(kind)
  if (!isWorkload)
    return conditionIsTrue(
      object,
      ...(conditionOf(object.status?.conditions, 'Ready') ? ['Ready'] : ['Available', 'Established', 'Ready']),
    )
  const wanted = spec.replicas ?? 1
  const updated = kind === 'Deployment' || kind === 'StatefulSet' ? (status.updatedReplicas ?? 0) : wanted
  if (updated < wanted) return `${updated} of ${wanted} replicas are up to date`
  return replicas(status.readyReplicas, wanted)
}

function jobNotReady(object: Checked): string | undefined {
  const over = conditionOf(object.status?.conditions, 'Complete') ?? conditionOf(object.status?.conditions, 'Failed')
  if (!over) return 'it has not ended'
  return over.type === 'Complete' && over.status === 'True' ? undefined : shown(over)
}

const replicas = (ready = 0, wanted = 0): string | undefined =>
  ready >= wanted ? undefined : `${ready} of ${wanted} replicas are ready`

function conditionIsTrue(object: Checked, ...types: string[]): string | undefined {
  const found = types
    .map((type) => conditionOf(object.status?.conditions, type))
    .find((condition) => condition !== undefined)
  if (!found) return `it has no condition ${types.join(' or ')}`
  return found.status === 'True' ? undefined : shown(found)
}

const shown = ({ type, status, reason, message }: Condition): string =>
  `${type}=${status}${reason ? ` (${reason}${message ? `: ${message}` : ''})` : ''}`
const titleOf = ({ kind = 'the object', metadata }: Checked): string => `${kind} ${metadata?.name ?? ''}`.trim()
