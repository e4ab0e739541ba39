import type { ResourceType } from './machinery/schema/package.ts'
import type { KubeObject } from './object.ts'

/**
 * One decoded request to the API server. The HTTPS listener makes it from a request; a component in the same process makes
 * it directly, without encoding or copying. From here both go the same way: authorization, admission, validation, storage.
 */
export interface Call {
  verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'
  user: UserInfo
  group: string
  version: string
  /** `pods` */
  resource: string
  /** `status`, `scale`, `binding`, `eviction`, `token` ... */
  subresource?: string
  namespace?: string
  name?: string
  options: CallOptions
  /** create, update: the object; patch: the parsed patch; delete: DeleteOptions. Never mutated by the server. */
  body?: unknown
  patchType?: PatchType
  /** The client program's name as its `User-Agent` header gives it. */
  userAgent?: string
  /** Receives each Warning header text. */
  warn?(text: string): void
  /** Receives each annotation for the audit log: what authorization, admission plugins and webhooks have to say. */
  annotate?(key: string, value: string): void
}

/** The authenticated user. */
export interface UserInfo {
  name: string
  uid?: string
  groups: string[]
  extra?: Record<string, string[]>
}

/** JSON Patch (RFC 6902), JSON Merge Patch (RFC 7396), Kubernetes' strategic merge patch, server-side apply. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

/** The query parameters of the API ('API concepts'), parsed. */
export interface CallOptions {
  labelSelector?: string
  fieldSelector?: string
  resourceVersion?: string
  resourceVersionMatch?: string
  limit?: number
  continue?: string
  timeoutSeconds?: number
  allowWatchBookmarks?: boolean
  sendInitialEvents?: boolean
  dryRun?: boolean
  fieldManager?: string
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  force?: boolean
}

/** One change as a watch reports it. A BOOKMARK's object carries only its kind and resourceVersion. */
export interface WatchEvent<T = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: T
}

/** An API server's interface for components in its own process. All failures are `ApiError`s. */
export interface Backend {
  /** Every verb but watch. Returns an object or a list; both are shared and must not be mutated. */
  call(call: Call): Promise<KubeObject>
  /**
   * Passes the events of a watch to `sink`, in batches, as they happen. It calls `sink` synchronously; `sink` must not throw.
   * Ends with `end` (undefined after timeoutSeconds, else the error). The returned function stops it without `end`.
   */
  watch(call: Call, sink: CallWatchSink): () => void
  /** The resources served at present; `undefined` if there is none of that name. */
  resource(group: string, version: string, resource: string): ResourceType | undefined
}

export interface CallWatchSink {
  events(batch: WatchEvent[]): void
  end(error?: Error): void
}
