import type { Entry, Store, StoreEvent, WriteResult } from '../store.ts'
import { identity, type Plain, startsWith, type Transformer } from './transformer.ts'

/**
 * The transformers for a key, the first of which writes and all of which read; undefined: the value stays as it is.
 * It may answer differently in time.
 */
export type TransformersFor = (key: string) => readonly Transformer[] | undefined

/**
 * Encrypts values on their way into `store`, and decrypts them on their way out. `root`: what the store puts before its keys, as
 * values are bound to whole keys.
 */
export function encryptedStore(store: Store, transformersFor: TransformersFor, root = ''): Store {
  /** The marks of the stored values that have transformers. */
  const marks = new Map<string, string>()
  const prefixes = new WeakMap<Transformer, Uint8Array>()

  function prefixOf(transformer: Transformer): Uint8Array {
    let bytes = prefixes.get(transformer)
    if (!bytes) {
      bytes = Buffer.from(transformer.prefix)
      prefixes.set(transformer, bytes)
    }
    return bytes
  }

  function opened(key: string, stored: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const transformers = transformersFor(key)
    const remember = ({ value, mark }: Plain) => {
      if (transformers) marks.set(key, mark)
      return value
    }
    const fitting = (transformers ?? [identity]).filter((one) => startsWith(stored, prefixOf(one)))
    const tryNext = (i: number, before: unknown): Plain | Promise<Plain> => {
      const transformer = fitting[i]
      if (!transformer) throw new DecryptionError(key, before)
      try {
        const plain = transformer.decrypt(stored.subarray(transformer.prefix.length), root + key)
        return plain instanceof Promise ? plain.catch((error: unknown) => tryNext(i + 1, error)) : plain
      } catch (error) {
        return tryNext(i + 1, error)
      }
    }
    const plain = tryNext(0, new Error('no matching prefix found'))
    return plain instanceof Promise ? plain.then(remember) : remember(plain)
  }

  async function sealed(key: string, value: Uint8Array): Promise<{ bytes: Uint8Array; mark?: string }> {
    const [writer] = transformersFor(key) ?? []
    if (!writer) return { bytes: value }
    const encrypted = await writer.encrypt(value, root + key)
    const bytes = writer.prefix === '' ? encrypted : Buffer.concat([prefixOf(writer), encrypted])
    return { bytes, mark: writer.mark }
  }

  const openedEntry = async (entry: Entry): Promise<Entry> => ({
    ...entry,
    value: await opened(entry.key, entry.value),
  })

  const openedResult = async (result: WriteResult): Promise<WriteResult> =>
    !result.ok && result.current ? { ok: false, current: await openedEntry(result.current) } : result

  return {
    revision: () => store.revision(),
    compact: (revision) => store.compact(revision),
    close: () => store.close(),
    async get(key) {
      const entry = await store.get(key)
      return entry && openedEntry(entry)
    },
    async list(prefix, options) {
      const page = await store.list(prefix, options)
      const entries: Entry[] = []
      for (const entry of page.entries) {
        const value = opened(entry.key, entry.value)
        entries.push({ ...entry, value: value instanceof Promise ? await value : value })
      }
      return { ...page, entries }
    },
    async put(key, value, expected, options) {
      const { bytes, mark } = await sealed(key, value)
      const result = await store.put(key, bytes, expected, options)
      if (result.ok && mark !== undefined) marks.set(key, mark)
      return openedResult(result)
    },
    delete: async (key, expected) => openedResult(await store.delete(key, expected)),
    watch(prefix, revision, sink) {
      let stopped = false
      const inOrder = orderly((error) => {
        if (stopped) return
        stopped = true
        unwatch()
        sink.error(error)
      })
      const unwatch = store.watch(prefix, revision, {
        events: (batch) =>
          inOrder(openedBatch(batch, opened, marks), (events) => {
            if (!stopped) sink.events(events)
          }),
        progress: (at) =>
          inOrder(
            () => at,
            () => {
              if (!stopped) sink.progress?.(at)
            },
          ),
        error: (error) => sink.error(error),
      })
      return () => {
        stopped = true
        unwatch()
      }
    },
    isStale(key) {
      const mark = marks.get(key)
      const [writer] = transformersFor(key) ?? []
      return writer !== undefined && mark !== undefined && mark !== writer.mark
    },
  }
}

/** A stored value cannot be read with the keys that the server has. */
class DecryptionError extends Error {
  constructor(key: string, cause: unknown) {
    super(`${key}: unable to transform the stored value: ${cause instanceof Error ? cause.message : cause}`, { cause })
    this.name = 'DecryptionError'
  }
}

type Opened = (key: string, stored: Uint8Array) => Uint8Array | Promise<Uint8Array>

const openedBatch = (batch: StoreEvent[], opened: Opened, marks: Map<string, string>) => () => {
  const waits: Promise<void>[] = []
  const events = batch.map((event): StoreEvent => {
    if (event.type === 'delete') {
      marks.delete(event.key)
      return event
    }
    const value = opened(event.key, event.value)
    if (!(value instanceof Promise)) return { ...event, value }
    const copy = { ...event }
    const filled = value.then((bytes) => {
      copy.value = bytes
    })
    waits.push(filled)
    return copy
  })
  return waits.length === 0 ? events : Promise.all(waits).then(() => events)
}

/** Runs steps one after the other: at once, as long as none has to wait. */
function orderly(failed: (error: Error) => void) {
  let last: Promise<void> | undefined
  return <T>(work: () => T | Promise<T>, deliver: (result: T) => void): void => {
    const step = (): void | Promise<void> => {
      const result = work()
      if (result instanceof Promise) return result.then(deliver)
      deliver(result)
    }
    if (last) {
      last = next(last.then(step))
      return
    }
    let pending: void | Promise<void>
    try {
      pending = step()
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error
      failed(error)
      return
    }
    if (pending) last = next(pending)
  }

  function next(step: Promise<void>): Promise<void> {
    const settled: Promise<void> = step.catch(failed).then(() => {
      if (last === settled) last = undefined
    })
    return settled
  }
}
