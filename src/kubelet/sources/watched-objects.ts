import { type Clock, sleep } from '../../api/clock.ts'
import { ApiError, ifFound } from '../../api/errors.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { ObjectName, Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'

/** Gives single objects by name, for the users (pods) that refer to them. */
export interface ObjectSource {
  /** The newest known version, undefined where there is none. The source reports changes to `user` until it is released. */
  get<T>(
    resource: ResourceType<T>,
    namespace: string | undefined,
    name: string,
    user: string,
  ): Promise<Stored<T> | undefined>
}

export interface PodObjects extends ObjectSource {
  /** Releases all objects of `user`. */
  release(user: string): void
  stop(): void
}

/** What a node may get, but neither list nor watch (upstream's Node authorizer). */
const onlyGettable: ReadonlySet<string> = new Set(['persistentvolumeclaims', 'persistentvolumes'])
const pollMs = 1000

const isBound = (object: Stored<unknown> | undefined): boolean =>
  (object as { status?: { phase?: string } } | undefined)?.status?.phase === 'Bound'

/**
 * Watches config maps and secrets one by one, only while a pod uses them: a kubelet may not read all of them, and holding all
 * would cost memory on every node.
 */
export class WatchedObjects implements PodObjects {
  readonly #client: Client
  readonly #clock: Clock
  readonly #changed: (user: string) => void
  readonly #entries = new Map<string, Entry>()

  /** Calls `changed` for each user of an object that has changed, appeared or gone. */
  constructor(client: Client, clock: Clock, changed: (user: string) => void) {
    this.#client = client
    this.#clock = clock
    this.#changed = changed
  }

  async get<T>(resource: ResourceType<T>, namespace: string | undefined, name: string, user: string) {
    const key = `${resource.group}/${resource.resource}/${namespace ?? ''}/${name}`
    const entry = this.#entries.get(key) ?? this.#open(key, resource, namespace, name)
    entry.users.add(user)
    await entry.loaded
    return entry.object as Stored<T> | undefined
  }

  release(user: string): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.users.delete(user) || entry.users.size > 0) continue
      entry.stop.abort()
      this.#entries.delete(key)
    }
  }

  stop(): void {
    for (const entry of this.#entries.values()) entry.stop.abort()
    this.#entries.clear()
  }

  #open<T>(key: string, resource: ResourceType<T>, namespace: string | undefined, name: string): Entry {
    const entry: Entry = { users: new Set(), stop: new AbortController(), object: undefined, loaded: Promise.resolve() }
    this.#entries.set(key, entry)
    const scope = { ...(namespace !== undefined && { namespace }), fieldSelector: `metadata.name=${name}` }
    const set = (object: Stored<unknown> | undefined) => {
      if (object?.metadata.resourceVersion === entry.object?.metadata.resourceVersion) return
      entry.object = object
      for (const user of entry.users) this.#changed(user)
    }
    if (!this.#client.inProcess && onlyGettable.has(resource.resource)) {
      entry.loaded = this.#poll(entry, resource, { name, ...(namespace !== undefined && { namespace }) }, set)
      entry.loaded.catch(() => this.#entries.delete(key))
      return entry
    }
    const list = async () => {
      const page = await this.#client.list(resource, scope)
      set(page.items[0])
      return page.metadata.resourceVersion
    }
    const first = list()
    entry.loaded = first.then(
      () => undefined,
      (error: unknown) => {
        // The next pod sync tries again.
        entry.stop.abort()
        this.#entries.delete(key)
        throw error
      },
    )
    entry.loaded.catch(() => undefined)
    void first.then(
      (revision) => this.#follow(entry, revision, list, set, { resource, scope }),
      () => undefined,
    )
    return entry
  }

  /** Looks again every second until the object is bound: claims change because of others, after that they stay. */
  async #poll<T>(
    entry: Entry,
    resource: ResourceType<T>,
    name: ObjectName,
    set: (object: Stored<unknown> | undefined) => void,
  ): Promise<void> {
    const look = async () => set(await ifFound(this.#client.get(resource, name)))
    await look()
    const { signal } = entry.stop
    const again = async () => {
      while (!signal.aborted && !isBound(entry.object)) {
        await sleep(this.#clock, pollMs, signal)
        // A failure is no reason to stop: the next look may succeed.
        if (!signal.aborted) await look().catch(() => undefined)
      }
    }
    void again()
  }

  async #follow<T>(
    entry: Entry,
    from: string,
    list: () => Promise<string>,
    set: (object: Stored<unknown> | undefined) => void,
    { resource, scope }: { resource: ResourceType<T>; scope: { namespace?: string; fieldSelector: string } },
  ): Promise<void> {
    const { signal } = entry.stop
    let revision: string | undefined = from
    for (let pauseMs = 100; !signal.aborted; ) {
      try {
        revision ??= await list()
        const bookmarks = this.#client.inProcess ? {} : { allowWatchBookmarks: true }
        const options = { ...scope, resourceVersion: revision, ...bookmarks, signal }
        await this.#client.watch(resource, options, (batch) => {
          pauseMs = 100
          for (const { type, object } of batch) {
            if (type === 'ERROR') continue
            revision = object.metadata.resourceVersion
            if (type !== 'BOOKMARK') set(type === 'DELETED' ? undefined : object)
          }
        })
      } catch (error) {
        if (error instanceof ApiError && error.code === 410) revision = undefined
        await sleep(this.#clock, pauseMs, signal)
        pauseMs = Math.min(pauseMs * 2, 30_000)
      }
    }
  }
}

interface Entry {
  users: Set<string>
  stop: AbortController
  object: Stored<unknown> | undefined
  loaded: Promise<void>
}
