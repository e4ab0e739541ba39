import type { Store, StoreEvent } from '../../../src/store/store.ts'

/** A watcher that records what it receives. */
export function recorder() {
  const list: StoreEvent[] = []
  const errors: Error[] = []
  let progressed = 0
  return {
    list,
    errors,
    /** The newest revision up to which it has seen everything. */
    progressed: () => progressed,
    events(batch: StoreEvent[]): void {
      list.push(...batch)
    },
    progress(revision: number): void {
      progressed = revision
    },
    error(error: Error): void {
      errors.push(error)
    },
  }
}

export const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)
export const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value)

/** Puts, and expects no conflict. */
export async function put(store: Store, key: string, value: string, expected: number): Promise<number> {
  const result = await store.put(key, bytes(value), expected)
  if (!result.ok) throw new Error(`conflict on ${key}: expected ${expected}, there is ${result.current?.revision}`)
  return result.revision
}
