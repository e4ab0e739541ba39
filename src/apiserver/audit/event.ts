import type { UserInfo as ReviewedUser } from '../../api/authentication/v1/index.ts'
import type { Status } from '../../api/meta/v1/index.ts'
import type { Level, Stage } from './policy.ts'

/** One stage of a request, as audit.k8s.io/v1 tells it. Its members stand in upstream's order. */
export interface AuditEvent {
  kind: 'Event'
  apiVersion: 'audit.k8s.io/v1'
  level: Level
  auditID: string
  stage: Stage
  /** Path and query as they were sent. */
  requestURI: string
  verb: string
  user: ReviewedUser
  impersonatedUser?: ReviewedUser
  /** From the client to the last proxy, as far as headers tell. */
  sourceIPs?: string[]
  userAgent?: string
  objectRef?: ObjectReference
  responseStatus?: Partial<Status>
  requestObject?: unknown
  responseObject?: unknown
  /** RFC 3339 with microseconds. */
  requestReceivedTimestamp: string
  stageTimestamp: string
  annotations?: Record<string, string>
}

export interface ObjectReference {
  resource?: string
  namespace?: string
  name?: string
  uid?: string
  apiGroup?: string
  apiVersion?: string
  resourceVersion?: string
  subresource?: string
}

/** Takes events. */
export interface AuditSink {
  /** Whether the event is stored, or will be. An event does not change any more. */
  take(event: AuditEvent): boolean
  /** Stores what has not been stored yet, and ends. */
  close(): Promise<void>
}
