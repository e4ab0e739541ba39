import { type Event, Events } from '../../api/core/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'
import type { Client, DeleteOptions, ListOptions } from '../../client/client.ts'
import { checkGiven, isText } from '../given.ts'
import type { Kinds } from './builtin-kinds.ts'
import { type Kind, type LooseObject, type QualifiedKind, resourceOf } from './kinds.ts'
import { type WatchScope, type WatchStream, watching } from './watching.ts'

/** The objects of a cluster, by kind or by resource. */
export interface ClusterObjects {
  /** An object; `namespace` defaults to `default`. @throws ApiError 404 */
  get<K extends Kind>(kind: K, name: string, namespace?: string): Promise<Stored<Kinds[K]>>
  get<T>(resource: ResourceType<T>, name: string, namespace?: string): Promise<Stored<T>>
  get(kind: QualifiedKind, name: string, namespace?: string): Promise<Stored<LooseObject>>
  /** All objects of a kind, by default in all namespaces. */
  list<K extends Kind>(kind: K, options?: ListOptions): Promise<Stored<Kinds[K]>[]>
  list<T>(resource: ResourceType<T>, options?: ListOptions): Promise<Stored<T>[]>
  list(kind: QualifiedKind, options?: ListOptions): Promise<Stored<LooseObject>[]>
  /** The object may exist until the next `settle`, or for its grace period. */
  delete(
    kind: Kind | QualifiedKind | ResourceType,
    name: string,
    namespace?: string,
    options?: DeleteOptions,
  ): Promise<void>
  /** Every change from now on (with `from: 'start'`, present objects first), until the loop ends. */
  watch<K extends Kind>(kind: K, scope?: WatchScope): WatchStream<Stored<Kinds[K]>>
  watch<T>(resource: ResourceType<T>, scope?: WatchScope): WatchStream<Stored<T>>
  watch(kind: QualifiedKind, scope?: WatchScope): WatchStream<Stored<LooseObject>>
  /** All Events, oldest first; of one object: `{ kind: 'Pod', name: 'web-1' }`. */
  events(about?: EventsAbout): Promise<Stored<Event>[]>
}

/** The object of the Events; absent fields match all. */
export interface EventsAbout {
  kind?: string
  name?: string
  namespace?: string
}

/** Uses `client`; watches end when `signal` is aborted. */
export function objectsOf(client: Client, signal: AbortSignal): ClusterObjects {
  const typeOf = async (kind: string | ResourceType): Promise<ResourceType> =>
    typeof kind === 'string' ? resourceOf(client, kind) : kind
  const nameOf = ({ namespaced }: ResourceType, name: string, namespace = 'default') =>
    namespaced ? { name, namespace } : { name }

  function get<K extends Kind>(kind: K, name: string, namespace?: string): Promise<Stored<Kinds[K]>>
  function get<T>(resource: ResourceType<T>, name: string, namespace?: string): Promise<Stored<T>>
  function get(kind: QualifiedKind, name: string, namespace?: string): Promise<Stored<LooseObject>>
  async function get(kind: string | ResourceType, name: string, namespace?: string): Promise<unknown> {
    const type = await typeOf(kind)
    return client.get(type, nameOf(type, name, namespace))
  }

  function list<K extends Kind>(kind: K, options?: ListOptions): Promise<Stored<Kinds[K]>[]>
  function list<T>(resource: ResourceType<T>, options?: ListOptions): Promise<Stored<T>[]>
  function list(kind: QualifiedKind, options?: ListOptions): Promise<Stored<LooseObject>[]>
  async function list(kind: string | ResourceType, options?: ListOptions): Promise<unknown> {
    return (await client.list(await typeOf(kind), options)).items
  }

  function watch<K extends Kind>(kind: K, scope?: WatchScope): WatchStream<Stored<Kinds[K]>>
  function watch<T>(resource: ResourceType<T>, scope?: WatchScope): WatchStream<Stored<T>>
  function watch(kind: QualifiedKind, scope?: WatchScope): WatchStream<Stored<LooseObject>>
  function watch(kind: string | ResourceType, scope: WatchScope = {}): unknown {
    return watching(client, typeOf(kind), scope, signal)
  }

  return {
    get,
    list,
    watch,
    async delete(kind, name, namespace, options) {
      const type = await typeOf(kind)
      await client.delete(type, nameOf(type, name, namespace), options)
    },
    async events(about = {}) {
      checkGiven('events', about, { kind: isText, name: isText, namespace: isText })
      const { items } = await client.list(Events, about.namespace ? { namespace: about.namespace } : {})
      return items
        .filter(({ involvedObject: { kind, name } }) => (about.kind ?? kind) === kind && (about.name ?? name) === name)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    },
  }
}
