import type { WatchEvent } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import type { Log } from '../../api/log.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { Client } from '../client.ts'
import type { Informer, InformerHandler, InformerScope, Informers } from './informer.ts'
import { ObjectCache } from './object-cache.ts'
import { reflect } from './reflector.ts'

/** The dependencies of informers. */
export interface InformerSources {
  client: Client
  clock: Clock
  random: Random
  log: Log
}

/** The shared informers of a process; each starts on first use. */
export function createInformers(sources: InformerSources): Informers {
  const informers = new Map<string, SharedInformer<unknown>>()

  return {
    of<T>(resource: ResourceType<T>, scope: InformerScope = {}): Informer<T> {
      const name = nameOf(resource, scope)
      let informer = informers.get(name) as SharedInformer<T> | undefined
      if (!informer) {
        informer = new SharedInformer(resource, sources.log)
        informers.set(name, informer as SharedInformer<unknown>)
        informer.start(sources, scope)
      }
      return informer
    },
    get all() {
      return [...informers.values()]
    },
    drop(resource, scope = {}) {
      const name = nameOf(resource, scope)
      informers.get(name)?.stop()
      informers.delete(name)
    },
    stop() {
      for (const informer of informers.values()) informer.stop()
      informers.clear()
    },
  }
}

const nameOf = ({ apiVersion, resource }: ResourceType, { namespace, labelSelector, fieldSelector }: InformerScope) =>
  [apiVersion, resource, namespace, labelSelector, fieldSelector].join(' ')

/** Whether `a` is the same revision as `b` or newer. Revisions are decimal numbers (KEP-5504). */
export const revisionReached = (a: string, b: string): boolean => (a.length === b.length ? a >= b : a.length > b.length)

class SharedInformer<T> implements Informer<T> {
  readonly resource: ResourceType<T>
  readonly synced: Promise<void>
  hasSynced = false
  revision = ''
  readonly #cache = new ObjectCache<Stored<T>>()
  readonly #handlers = new Set<InformerHandler<T>>()
  readonly #log: Log
  readonly #stop = new AbortController()
  #waiting: { condition: () => boolean; resolve: () => void }[] = []

  constructor(resource: ResourceType<T>, log: Log) {
    this.resource = resource
    this.#log = log
    this.synced = this.until(() => this.hasSynced)
  }

  start(sources: InformerSources, scope: InformerScope): void {
    const sink = {
      replace: (objects: Stored<T>[], revision: string) => this.#replace(objects, revision),
      apply: (batch: WatchEvent<Stored<T>>[]) => this.#apply(batch),
    }
    reflect(sources, this.resource, scope, sink, this.#stop.signal).catch((error: unknown) => {
      this.#log.error(`informer of ${this.resource.resource} has died`, { error: String(error) })
    })
  }

  stop(): void {
    this.#stop.abort()
    this.#wake(() => true)
  }

  get(key: string): Stored<T> | undefined {
    return this.#cache.get(key)
  }

  list(namespace?: string): Stored<T>[] {
    return this.#cache.list(namespace)
  }

  byIndex(name: string, value: string): Stored<T>[] {
    return this.#cache.byIndex(name, value)
  }

  addIndex(name: string, values: (object: Stored<T>) => string[]): void {
    this.#cache.addIndex(name, values)
  }

  on(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler)
    if (handler.added) for (const object of this.#cache.list()) this.#tell(() => handler.added?.(object))
    return () => this.#handlers.delete(handler)
  }

  reached(revision: string): boolean {
    return this.revision !== '' && revisionReached(this.revision, revision)
  }

  until(condition: () => boolean): Promise<void> {
    if (this.#stop.signal.aborted || condition()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ condition, resolve }))
  }

  #replace(objects: Stored<T>[], revision: string): void {
    const vanished = new Set(this.#cache.keys())
    // A server restored from a backup counts from an older revision: do not wait for one that never comes.
    const wentBack = this.revision !== '' && !revisionReached(revision, this.revision)
    this.revision = revision
    for (const object of objects) {
      vanished.delete(keyOf(object))
      this.#put(object)
    }
    for (const key of vanished) this.#remove(key)
    this.hasSynced = true
    this.#wake(wentBack ? () => true : undefined)
  }

  #apply(batch: WatchEvent<Stored<T>>[]): void {
    for (const { type, object } of batch) {
      this.revision = object.metadata.resourceVersion
      if (type === 'ADDED' || type === 'MODIFIED') this.#put(object)
      else if (type === 'DELETED') this.#remove(keyOf(object), object)
    }
    this.#wake()
  }

  #put(object: Stored<T>): void {
    const before = this.#cache.get(keyOf(object))
    if (before && before.metadata.resourceVersion === object.metadata.resourceVersion) return
    const old = this.#cache.set(object)
    // The same name but another object: we missed the deletion in between.
    const replaced = old && old.metadata.uid !== object.metadata.uid
    for (const handler of this.#handlers) {
      if (replaced) this.#tell(() => handler.deleted?.(old))
      if (old && !replaced) this.#tell(() => handler.updated?.(object, old))
      else this.#tell(() => handler.added?.(object))
    }
  }

  #remove(key: string, last?: Stored<T>): void {
    const old = this.#cache.delete(key)
    const gone = last ?? old
    if (!old || !gone) return
    for (const handler of this.#handlers) this.#tell(() => handler.deleted?.(gone))
  }

  #tell(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#log.error(`a handler of ${this.resource.resource} failed`, { error: String(error) })
    }
  }

  #wake(force?: () => boolean): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      if (force?.() || one.condition()) one.resolve()
      else this.#waiting.push(one)
    }
  }
}
