import type { CallOptions, PatchType, WatchEvent } from '../api/call.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { ListMeta, ObjectMeta } from '../api/meta/v1/index.ts'
import type { ObjectName, Stored } from '../api/object.ts'

/**
 * Every component's client of the API server, over HTTPS or in the same process. Failures are `ApiError`s. The objects that
 * it returns are shared: never mutate them, make a changed copy.
 *
 *     await client.get(Pods, { namespace: 'default', name: 'web' })
 *     await client.update(Pods, { ...pod, status }, { subresource: 'status' })
 */
export interface Client {
  /**
   * The server is in this process: no connection can go stale, so watches last until they are stopped, without renewal or
   * bookmarks.
   */
  readonly inProcess?: true
  /** One object. @throws ApiError 404 */
  get<T>(resource: ResourceType<T>, name: ObjectName, options?: GetOptions): Promise<Stored<T>>
  /** All objects that the options select, with the revision of the read. */
  list<T>(resource: ResourceType<T>, options?: ListOptions): Promise<List<T>>
  /** Returns the object as stored. @throws ApiError 409 if the name is taken, 422 if the object is not valid */
  create<T>(resource: ResourceType<T>, object: T, options?: WriteOptions): Promise<Stored<T>>
  /** Replaces the object; its metadata.resourceVersion, if set, must be the present one. @throws ApiError 409 */
  update<T>(resource: ResourceType<T>, object: T, options?: WriteOptions): Promise<Stored<T>>
  /** Changes the fields that the patch names. The default, a merge patch, replaces lists and removes fields set to null. */
  patch<T>(resource: ResourceType<T>, name: ObjectName, patch: unknown, options?: PatchOptions): Promise<Stored<T>>
  /**
   * Server-side apply: creates the object, or changes the fields that `config` names and removes those that it no longer
   * does. The server remembers the fields as those of `fieldManager`, and refuses to take others' unless `force` is set.
   * Name all that you own, and nothing else, in each apply.
   *
   *     await client.apply(Deployments, { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 3 } }, { fieldManager: 'scaler' })
   *
   * @throws ApiError 409 whose `status.details.causes` are the conflicts
   */
  apply<T>(resource: ResourceType<T>, config: ApplyConfiguration<T>, options?: ServerApplyOptions): Promise<Stored<T>>
  /** Asks for the end of an object; finalizers and grace periods may take their time. @throws ApiError 404 */
  delete<T>(resource: ResourceType<T>, name: ObjectName, options?: DeleteOptions): Promise<void>
  /** Deletes the objects that the options select, one by one. */
  deleteCollection<T>(resource: ResourceType<T>, options?: ListOptions & DeleteOptions): Promise<void>
  /** Posts to a subresource whose body is a type of its own: `binding`, `eviction`, `token`. */
  post<R>(resource: ResourceType, name: ObjectName, subresource: string, body: unknown): Promise<R>
  /**
   * Watches until `options.signal` is aborted or the server ends the watch; calls `sink` with each batch. Resolves when the
   * server has ended the watch in good order, rejects with `ApiError` (410: list again) or a network error.
   */
  watch<T>(
    resource: ResourceType<T>,
    options: WatchOptions,
    sink: (batch: WatchEvent<Stored<T>>[]) => void,
  ): Promise<void>
}

/** Options of reading one object. */
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

/** Which objects to watch, from which revision on, and how long. */
export interface WatchOptions extends ListOptions {
  allowWatchBookmarks?: boolean
  sendInitialEvents?: boolean
  timeoutSeconds?: number
  signal: AbortSignal
}

/** Options of a write. */
export interface WriteOptions extends Pick<CallOptions, 'dryRun' | 'fieldManager' | 'fieldValidation'> {
  /** For objects that name none. */
  namespace?: string
  subresource?: 'status' | 'scale' | 'ephemeralcontainers' | 'resize' | (string & {})
}

/** Options of a patch. */
export interface PatchOptions extends WriteOptions {
  /** Default: merge. */
  type?: PatchType
  force?: boolean
}

/** What a server-side apply says of an object: its name, and any of its fields. */
export type ApplyConfiguration<T> = DeepPartial<Omit<T, 'metadata'>> & {
  metadata: { name: string } & DeepPartial<Omit<ObjectMeta, 'name' | 'managedFields'>>
}

type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? { [Name in keyof T]?: DeepPartial<T[Name]> }
    : T

/** Options of a server-side apply. */
export interface ServerApplyOptions extends WriteOptions {
  /** Takes fields that others own. Controllers set it: there is nobody to ask. */
  force?: boolean
}

/** Options of a deletion; the server answers 409 if `preconditions` do not hold. */
export interface DeleteOptions {
  gracePeriodSeconds?: number
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: boolean
}

/** The result of a list: the objects, and the revision of the read, to watch from. */
export interface List<T> {
  metadata: ListMeta & { resourceVersion: string }
  items: Stored<T>[]
}
