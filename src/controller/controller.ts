import type { Clock } from '../api/clock.ts'
import type { Log } from '../api/log.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../api/object.ts'
import type { Random } from '../api/random.ts'
import type { Client } from '../client/client.ts'
import type { Informer, InformerScope, Informers } from '../client/informers/informer.ts'
import type { Requeue } from './queue.ts'

/** The tools of every component. */
export interface Context {
  client: Client
  informers: Informers
  clock: Clock
  random: Random
  log: Log
  /** Reports Events about objects, repeated ones counted up. */
  events: EventRecorder
}

/** Writes Events, which `kubectl describe` shows with their object. */
export interface EventRecorder {
  /**
   * `reason` in CamelCase, `message` for people; `fieldPath` names a part of the object (`spec.containers{web}`).
   * Never throws and never blocks.
   */
  record(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void
}

/**
 * A control loop: what it watches, how an object maps to the keys it works on, and one level-triggered `reconcile`.
 * The informers it watches have synced before the first `reconcile`; a key is never worked on twice at once; a reconcile
 * that throws is tried again with exponential back-off.
 */
export interface Controller {
  name: string
  watches: Watch[]
  /** Informers that it only reads: their changes concern no key, but they too have synced before the first `reconcile`. */
  reads?: readonly Pick<Informer<unknown>, 'synced'>[]
  /** Brings the objects of one key closer to their desired state. May return when to call it again. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that has nothing to ask for returns nothing
  reconcile(key: string): Promise<void | Requeue>
  /** Number of keys in work at the same time. Default 5. */
  workers?: number
  /** Runs once, when the informers have synced, before any key; for periodic work with `clock.after`. */
  start?(signal: AbortSignal, queue: KeyQueue): void | Promise<void>
}

/** A controller's own queue, to add keys besides those of its watches. */
export interface KeyQueue {
  /** Queues the key for the next free worker; a key that waits already is queued once. */
  add(key: string): void
  /** The same after `ms` milliseconds. */
  addAfter(key: string, ms: number): void
}

/** Made with `watch`, `owned` and `mapped` of `controller/watches.ts`. */
export interface Watch<T = KubeObject> {
  resource: ResourceType<T>
  /** Only these objects. Default: all. */
  scope?: InformerScope
  /** Only these changes; see `WatchFilter`. Default: all. */
  when?(object: Stored<T>, old?: Stored<T>): boolean
  /** The keys that a change concerns; `old` is the object before an update. */
  keys(object: Stored<T>, old?: Stored<T>): string[]
}
