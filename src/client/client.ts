import type { CallOptions, PatchType, WatchEvent } from '../api/call.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { ListMeta } from '../api/meta/v1/index.ts'
import type { ObjectName, Stored } from '../api/object.ts'

/**
 * How every component talks to the API server, remotely over HTTPS or in the same process. Failures are `ApiError`s.
 * Objects it answers are shared: never mutate them, make a changed copy.
 *
 *     await client.get(Pods, { namespace: 'default', name: 'web' })
 *     await client.update(Pods, { ...pod, status }, { subresource: 'status' })
 */
export interface Client {
  /**
   * The server is in this same process: no connection can go stale, so watches last until they are stopped, and need
   * neither renewal nor bookmarks.
   */
  readonly inProcess?: true
  /** One object. @throws ApiError 404 */
  get<T>(resource: ResourceType<T>, name: ObjectName, options?: GetOptions): Promise<Stored<T>>
  /** All objects that the options select, with the revision they were read at. */
  list<T>(resource: ResourceType<T>, options?: ListOptions): Promise<List<T>>
  /** Answers the object as it was stored. @throws ApiError 409 where the name is taken, 422 where it is not valid */
  create<T>(resource: ResourceType<T>, object: T, options?: WriteOptions): Promise<Stored<T>>
  /** Replaces the object; its metadata.resourceVersion, where set, must be the present one. @throws ApiError 409 */
  update<T>(resource: ResourceType<T>, object: T, options?: WriteOptions): Promise<Stored<T>>
  /** Changes what the patch names: by default, a merge patch replaces lists and drops what is null. */
  patch<T>(resource: ResourceType<T>, name: ObjectName, patch: unknown, options?: PatchOptions): Promise<Stored<T>>
  /** Asks for the end of an object; finalizers and grace periods may take their time. @throws ApiError 404 */
  delete<T>(resource: ResourceType<T>, name: ObjectName, options?: DeleteOptions): Promise<void>
  /** Deletes what the options select, object by object. */
  deleteCollection<T>(resource: ResourceType<T>, options?: ListOptions & DeleteOptions): Promise<void>
  /** Posts to a subresource whose body is a type of its own: `binding`, `eviction`, `token`. */
  post<R>(resource: ResourceType, name: ObjectName, subresource: string, body: unknown): Promise<R>
  /**
   * Watches until `options.signal` is aborted or the server ends it; calls `sink` with each batch. Resolves when the
   * server ended the watch in good order, rejects with `ApiError` (410: list again) or a network error.
   */
  watch<T>(
    resource: ResourceType<T>,
    options: WatchOptions,
    sink: (batch: WatchEvent<Stored<T>>[]) => void,
  ): Promise<void>
}

/** How one object is read. */
export interface GetOptions {
  resourceVersion?: string
  subresource?: string
}

/** Which objects, and how fresh: the query parameters of the API's concepts, under their names. */
export interface ListOptions
  extends Pick<
    CallOptions,
    'labelSelector' | 'fieldSelector' | 'resourceVersion' | 'resourceVersionMatch' | 'limit' | 'continue'
  > {
  /** Absent: all namespaces. */
  namespace?: string
}

/** Which objects are watched, from which revision on, and how long. */
export interface WatchOptions extends ListOptions {
  allowWatchBookmarks?: boolean
  sendInitialEvents?: boolean
  timeoutSeconds?: number
  signal: AbortSignal
}

/** How an object is written. */
export interface WriteOptions extends Pick<CallOptions, 'dryRun' | 'fieldManager' | 'fieldValidation'> {
  /** Where the object names none. */
  namespace?: string
  subresource?: 'status' | 'scale' | 'ephemeralcontainers' | 'resize' | (string & {})
}

/** How an object is patched. */
export interface PatchOptions extends WriteOptions {
  /** Default: merge. */
  type?: PatchType
  force?: boolean
}

/** How an object is deleted; `preconditions` that do not hold answer 409. */
export interface DeleteOptions {
  gracePeriodSeconds?: number
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: boolean
}

/** What a list answers: the objects, and the revision they were read at, to watch from. */
export interface List<T> {
  metadata: ListMeta & { resourceVersion: string }
  items: Stored<T>[]
}
