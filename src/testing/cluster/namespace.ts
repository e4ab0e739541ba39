import type { Event } from '../../api/core/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'
import type { Client, DeleteOptions, ListOptions } from '../../client/client.ts'
import type { Applied } from '../../client/manifests/apply-object.ts'
import { applyAll, type Manifests } from './apply.ts'
import type { Kinds } from './builtin-kinds.ts'
import type { Kind, LooseObject, QualifiedKind } from './kinds.ts'
import type { ClusterObjects, EventsAbout } from './objects.ts'
import type { WatchScope, WatchStream } from './watching.ts'

/** The objects of one namespace, with the methods of `TestCluster`. */
export interface NamespaceObjects {
  readonly name: string
  /** As `cluster.apply`; objects without a namespace go into this one. */
  apply(...manifests: Manifests[]): Promise<Applied[]>
  /** One of its objects. @throws ApiError 404 */
  get<K extends Kind>(kind: K, name: string): Promise<Stored<Kinds[K]>>
  get<T>(resource: ResourceType<T>, name: string): Promise<Stored<T>>
  get(kind: QualifiedKind, name: string): Promise<Stored<LooseObject>>
  /** All of its objects of a kind, or those that match the selectors. */
  list<K extends Kind>(kind: K, options?: Here<ListOptions>): Promise<Stored<Kinds[K]>[]>
  list<T>(resource: ResourceType<T>, options?: Here<ListOptions>): Promise<Stored<T>[]>
  list(kind: QualifiedKind, options?: Here<ListOptions>): Promise<Stored<LooseObject>[]>
  /** The object may exist until the next `settle`, or for its grace period. */
  delete(kind: Kind | QualifiedKind | ResourceType, name: string, options?: DeleteOptions): Promise<void>
  /** Every change in it from now on, until the loop ends. */
  watch<K extends Kind>(kind: K, scope?: Here<WatchScope>): WatchStream<Stored<Kinds[K]>>
  watch<T>(resource: ResourceType<T>, scope?: Here<WatchScope>): WatchStream<Stored<T>>
  watch(kind: QualifiedKind, scope?: Here<WatchScope>): WatchStream<Stored<LooseObject>>
  /** Its Events, oldest first. */
  events(about?: Here<EventsAbout>): Promise<Stored<Event>[]>
}

/** Options without the namespace, which is known. */
type Here<T extends { namespace?: string }> = Omit<T, 'namespace'>

/** Applies as `client`. */
export function objectsIn(namespace: string, objects: ClusterObjects, client: Client): NamespaceObjects {
  function get<K extends Kind>(kind: K, name: string): Promise<Stored<Kinds[K]>>
  function get<T>(resource: ResourceType<T>, name: string): Promise<Stored<T>>
  function get(kind: QualifiedKind, name: string): Promise<Stored<LooseObject>>
  function get(kind: string | ResourceType, name: string): Promise<unknown> {
    return objects.get(kind as ResourceType, name, namespace)
  }

  function list<K extends Kind>(kind: K, options?: Here<ListOptions>): Promise<Stored<Kinds[K]>[]>
  function list<T>(resource: ResourceType<T>, options?: Here<ListOptions>): Promise<Stored<T>[]>
  function list(kind: QualifiedKind, options?: Here<ListOptions>): Promise<Stored<LooseObject>[]>
  function list(kind: string | ResourceType, options: Here<ListOptions> = {}): Promise<unknown> {
    const here = { ...options, namespace }
    return objects.list(kind as ResourceType, here)
  }

  function watch<K extends Kind>(kind: K, scope?: Here<WatchScope>): WatchStream<Stored<Kinds[K]>>
  function watch<T>(resource: ResourceType<T>, scope?: Here<WatchScope>): WatchStream<Stored<T>>
  function watch(kind: QualifiedKind, scope?: Here<WatchScope>): WatchStream<Stored<LooseObject>>
  function watch(kind: string | ResourceType, scope: Here<WatchScope> = {}): unknown {
    const here = { ...scope, namespace }
    return objects.watch(kind as ResourceType, here)
  }

  return {
    name: namespace,
    apply: (...manifests) => applyAll(client, manifests, namespace),
    get,
    list,
    delete: (kind, name, options) => objects.delete(kind, name, namespace, options),
    watch,
    events: (about) => objects.events({ ...about, namespace }),
  }
}
