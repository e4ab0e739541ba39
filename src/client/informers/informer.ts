import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'

/**
 * A local copy of the objects of one resource, kept up to date by one list and one watch that all of a process's
 * components share. Lists again, with back-off, when the watch breaks or its revision is gone.
 */
export interface Informer<T> {
  readonly resource: ResourceType<T>
  /** By `namespace/name`, or `name` in the whole cluster; undefined: it is not there. */
  get(key: string): Stored<T> | undefined
  /** All of them, or those of one namespace; the array is the caller's, the objects are shared. */
  list(namespace?: string): Stored<T>[]
  /** The objects that the index `name` files under `value`. */
  byIndex(name: string, value: string): Stored<T>[]
  /**
   * Files each object under the values that `values` gives. Adding the same one twice is no harm; the
   * same name with another function throws: names are shared by a process, so give them a prefix.
   */
  addIndex(name: string, values: (object: Stored<T>) => string[]): void
  /** Calls `handler` for each change, beginning with `added` for each object already there. Returns its removal. */
  on(handler: InformerHandler<T>): () => void
  /** Resolves when the first list is in and its handlers have been called. */
  readonly synced: Promise<void>
  readonly hasSynced: boolean
  /** The newest revision this copy reflects. */
  readonly revision: string
  /** This copy reflects `revision`, or a newer one. Always false before the first list is in. */
  reached(revision: string): boolean
  /**
   * Resolves as soon as `condition` holds, looking now and after each change; also when the informer is stopped. With
   * it a controller waits until it sees its own writes: see `controller/own-writes.ts`.
   */
  until(condition: () => boolean): Promise<void>
}

/** What an informer calls, in the order of changes. */
export interface InformerHandler<T> {
  /** It is new, or it was there when the handler came. */
  added?(object: Stored<T>): void
  /** It has changed; `old` is what this copy had, perhaps several changes ago. */
  updated?(object: Stored<T>, old: Stored<T>): void
  /** It is gone; the object is the last that was known of it. */
  deleted?(object: Stored<T>): void
}

/** The shared informers of a process: one per resource and selector. They start when first asked for. */
export interface Informers {
  /** That of a resource; the same one for the same resource and scope. */
  of<T>(resource: ResourceType<T>, scope?: InformerScope): Informer<T>
  /** Those that have been asked for. */
  readonly all: Informer<unknown>[]
  /** Ends the watch of one and forgets it: of a custom resource that is gone. */
  drop(resource: ResourceType, scope?: InformerScope): void
  /** Ends them all; what waits for them goes on. */
  stop(): void
}

/** Which of a resource's objects; all, where nothing is said. */
export interface InformerScope {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}
