import type { UserInfo } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import { ApiError, internalError, messageOf } from '../../api/errors.ts'
import type { Status } from '../../api/meta/v1/index.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import { counters, type Family } from '../metrics/metrics.ts'
import type { AuditEvent, AuditSink } from './event.ts'
import {
  cutUserAgent,
  isTellable,
  microTime,
  referenceTo,
  sourceAddresses,
  statusOf,
  userOf,
  withoutManagedFields,
} from './event-parts.ts'
import { type AuditAttributes, policyEvaluator, type Verdict } from './match.ts'
import type { Policy, Stage } from './policy.ts'

export interface AuditOptions {
  policy: Policy
  sink: AuditSink
  clock: Clock
  random: Random
}

/** A request as its transport sees it. */
export interface AuditedRequest extends AuditAttributes {
  url: string
  /** `name` in lower case. */
  header(name: string): string | undefined
  /** The address at the other end of the connection. */
  remoteAddress?: string
  /** Its answer may last for hours: the start of the answer is a stage of its own. */
  longRunning: boolean
}

/** Gathers what is to be told of one request, and tells it stage by stage. */
export interface AuditTrail {
  /** Goes to the client in the header `Audit-Id`. */
  readonly id: string
  /** The sender is known, so the policy decides. @throws ApiError 500 when the first stage has to be stored and cannot be */
  sender(user: UserInfo): void
  /** Nobody is known by these credentials. `attempted`: by which means: `bearer`. */
  unauthenticated(attempted: string): void
  impersonated(user: UserInfo): void
  /** The first value of a key stays. */
  annotate(key: string, value: string): void
  requestObject(body: unknown): void
  /** `object` makes the object of the answer, when the policy asks for it. */
  responseObject(object: () => KubeObject): void
  /** The server failed in a way that it should not. */
  panicked(error: unknown): void
  /** The answer begins. */
  started(code: number): void
  /** The answer has ended, or the connection has. Later calls do nothing. */
  ended(): void
}

export interface Audit {
  /** What is counted, under upstream's names. */
  readonly families: readonly Family[]
  begin(request: AuditedRequest): AuditTrail
}

export function requestAudit(options: AuditOptions): Audit {
  const evaluate = policyEvaluator(options.policy)
  const events = counters('apiserver_audit_event_total', 'The audit events that were passed on.')
  const levels = counters('apiserver_audit_level_total', 'The levels that the policy chose for requests.', 'level')
  const refused = counters('apiserver_audit_requests_rejected_total', 'The requests whose event could not be stored.')
  const counted: Counted = {
    evaluate(user, attributes) {
      const verdict = evaluate(user, attributes)
      levels.of(verdict.level).value++
      return verdict
    },
    take(event) {
      events.of().value++
      const taken = options.sink.take(event)
      if (!taken) refused.of().value++
      return taken
    },
  }
  return { families: [events, levels, refused], begin: (request) => trailOf(request, counted, options) }
}

/** Upstream cuts the id that a client gives. */
const maxId = 64
const nobody: UserInfo = { name: '', groups: [] }
const closedEarly = { metadata: {}, status: 'Success', message: 'Connection closed early', code: 200 }

type Gathered = Omit<
  AuditEvent,
  'kind' | 'apiVersion' | 'level' | 'auditID' | 'stage' | 'stageTimestamp' | 'annotations'
>

interface Counted {
  evaluate(user: UserInfo, attributes: AuditAttributes): Verdict
  take: AuditSink['take']
}

function trailOf(
  request: AuditedRequest,
  { evaluate, take }: Counted,
  { clock, random }: Pick<AuditOptions, 'clock' | 'random'>,
): AuditTrail {
  const id = request.header('audit-id')?.slice(0, maxId) || random.uuid()
  const received = clock.now()
  const annotations: Record<string, string> = {}
  let verdict: Verdict | undefined
  /** Undefined: nothing is to be told. */
  let gathered: Gathered | undefined
  let last: Stage | undefined = 'ResponseComplete'
  let refused = false

  function begin(user: UserInfo): void {
    verdict = evaluate(user, request)
    if (verdict.level === 'None') return
    const userAgent = request.header('user-agent')
    const objectRef = referenceTo(request.object)
    gathered = {
      requestURI: request.url,
      verb: request.verb,
      user: userOf(user),
      sourceIPs: sourceAddresses(request.header, request.remoteAddress),
      ...(userAgent && { userAgent: cutUserAgent(userAgent) }),
      ...(objectRef && { objectRef }),
      requestReceivedTimestamp: microTime(received),
    }
  }

  function tell(stage: Stage): boolean {
    if (!gathered || !verdict || verdict.omitStages.has(stage)) return true
    const { requestURI, verb, user, impersonatedUser, requestReceivedTimestamp, ...rest } = gathered
    const { sourceIPs, userAgent, objectRef, responseStatus, requestObject, responseObject } = rest
    return take({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: verdict.level,
      auditID: id,
      stage,
      requestURI,
      verb,
      user,
      ...(impersonatedUser && { impersonatedUser }),
      ...(sourceIPs && { sourceIPs }),
      ...(userAgent && { userAgent }),
      ...(objectRef && { objectRef }),
      ...(responseStatus && { responseStatus }),
      ...(requestObject !== undefined && { requestObject }),
      ...(responseObject !== undefined && { responseObject }),
      requestReceivedTimestamp,
      stageTimestamp: microTime(stage === 'RequestReceived' ? received : clock.now()),
      ...(Object.keys(annotations).length > 0 && { annotations: { ...annotations } }),
    })
  }

  const put = (more: Partial<Gathered>) => {
    if (gathered) gathered = { ...gathered, ...more }
  }
  const shown = (object: unknown) => (verdict?.omitManagedFields ? withoutManagedFields(object) : object)

  return {
    id,
    sender(user) {
      begin(user)
      if (tell('RequestReceived')) return
      gathered = undefined
      throw internalError(new Error('failed to store audit event'))
    },
    unauthenticated(attempted) {
      begin(nobody)
      refused = true
      put({ responseStatus: { metadata: {}, message: `Authentication failed, attempted: ${attempted}` } })
    },
    impersonated: (user) => put({ impersonatedUser: userOf(user) }),
    annotate(key, value) {
      if (!Object.hasOwn(annotations, key)) annotations[key] = value
    },
    requestObject(body) {
      if (!gathered || body === undefined) return
      const objectRef = referenceTo(request.object, body)
      if (objectRef) put({ objectRef })
      if (verdict?.level !== 'Metadata' && isTellable(body)) put({ requestObject: shown(body) })
    },
    responseObject(make) {
      if (!gathered) return
      const object = make()
      const known = refused || last === 'Panic'
      if (object.kind === 'Status' && !known) put({ responseStatus: statusOf(object as Status) })
      if (verdict?.level === 'RequestResponse') put({ responseObject: shown(object) })
    },
    panicked(error) {
      if (error instanceof ApiError || last === undefined) return
      const message = `APIServer panic'd: ${messageOf(error)}`
      last = 'Panic'
      put({ responseStatus: { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 } })
    },
    started(code) {
      put({ responseStatus: { ...(gathered?.responseStatus ?? { metadata: {} }), code } })
      if (request.longRunning || refused) tell('ResponseStarted')
      // Upstream tells a refusal in this stage only.
      if (refused) last = undefined
    },
    ended() {
      const stage = last
      last = undefined
      if (stage === undefined) return
      if (!gathered?.responseStatus) put({ responseStatus: closedEarly })
      tell(stage)
    },
  }
}
