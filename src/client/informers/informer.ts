import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'

/**
 * A local copy of one resource's objects. One list and one watch, shared by all components of a process, keep it up to
 * date. Lists again, with back-off, when the watch breaks or its revision is gone.
 */
export interface Informer<T> {
  readonly resource: ResourceType<T>
  /** The object of `namespace/name`, or of `name` for cluster-scoped ones; undefined: none. */
  get(key: string): Stored<T> | undefined
  /** All objects, or those of one namespace. The caller may change the array, not the objects. */
  list(namespace?: string): Stored<T>[]
  /** The objects under `value` in the index `name`. */
  byIndex(name: string, value: string): Stored<T>[]
  /**
   * Adds an index: files each object under the values that `values` returns. Adding the same function twice is harmless;
   * another function under the same name throws. A process shares the names, so give them a prefix.
   */
  addIndex(name: string, values: (object: Stored<T>) => string[]): void
  /** Calls `handler` for each change, first with `added` for each present object. The returned function removes it. */
  on(handler: InformerHandler<T>): () => void
  /** Resolves when the first list has arrived and its handlers have run. */
  readonly synced: Promise<void>
  readonly hasSynced: boolean
  /** The newest revision this copy reflects. */
  readonly revision: string
  /** Whether this copy reflects `revision` or a newer one. Always false before the first list. */
  reached(revision: string): boolean
  /**
   * Resolves as soon as `condition` holds, checked now and after each change, or when the informer stops. Controllers use it
   * to wait for their own writes: see `controller/own-writes.ts`.
   */
  until(condition: () => boolean): Promise<void>
}

/** Callbacks of an informer, called in the order of changes. */
export interface InformerHandler<T> {
  /** The object is new, or existed when the handler was added. */
  added?(object: Stored<T>): void
  /** The object has changed; `old` is this copy's previous state, perhaps several changes ago. */
  updated?(object: Stored<T>, old: Stored<T>): void
  /** The object is gone; `object` is its last known state. */
  deleted?(object: Stored<T>): void
}

/** The shared informers of a process: one per resource and selector. Each starts on first use. */
export interface Informers {
  /** The informer of a resource; the same one for the same resource and scope. */
  of<T>(resource: ResourceType<T>, scope?: InformerScope): Informer<T>
  /** The informers in use. */
  readonly all: Informer<unknown>[]
  /** Stops and forgets one informer: for a custom resource that is gone. */
  drop(resource: ResourceType, scope?: InformerScope): void
  /** Stops all informers; releases everything that waits for them. */
  stop(): void
}

/** Which of a resource's objects; default: all. */
export interface InformerScope {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}
