import type { Entry, Store } from '../../../../store/store.ts'
import { registryRoot } from '../../../cache/keys.ts'
import { type PortRange, PortSet } from './port-set.ts'

/** Where upstream keeps it, too. */
const key = `${registryRoot}ranges/servicenodeports`

interface State {
  ports: PortSet
  /** Of the store; 0: it has none. */
  revision: number
}

interface Edit {
  run(ports: PortSet): unknown
  resolve(result: unknown): void
  reject(error: unknown): void
}

type Outcome = { result: unknown } | { error: unknown }

/**
 * The node ports that are taken, for all API servers of a store: one RangeAllocation object, replaced as a whole unless
 * another server has replaced it meanwhile. Simultaneous requests share one write.
 */
export class StoredPorts {
  readonly #store: Store
  readonly #range: PortRange
  /** As last seen; another server may have changed it since. */
  #state: State | undefined
  #waiting: Edit[] = []
  #writing = false

  constructor(store: Store, range: PortRange) {
    this.#store = store
    this.#range = range
  }

  /**
   * Changes what is taken. `edit` may run several times, each time on what the store has then; when it throws, nothing of
   * it is kept and the error is passed on. Resolves when the change is durable.
   */
  change<T>(edit: (ports: PortSet) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run: edit, resolve: (result) => resolve(result as T), reject })
      if (!this.#writing) void this.#writeWaiting()
    })
  }

  /** What `change` would answer at present, without changing anything. */
  async look<T>(edit: (ports: PortSet) => T): Promise<T> {
    return edit((await this.#read()).ports.copy())
  }

  async #writeWaiting(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const edits = this.#waiting
      this.#waiting = []
      try {
        const outcomes = await this.#write(edits)
        for (const [i, outcome] of outcomes.entries())
          if ('error' in outcome) edits[i]?.reject(outcome.error)
          else edits[i]?.resolve(outcome.result)
      } catch (error) {
        this.#state = undefined
        for (const edit of edits) edit.reject(error)
      }
    }
    this.#writing = false
  }

  async #write(edits: readonly Edit[]): Promise<Outcome[]> {
    let isFresh = this.#state === undefined
    let state = this.#state ?? (await this.#read())
    for (;;) {
      const { ports, outcomes } = applied(edits, state.ports)
      if (!isFresh && outcomes.some((outcome) => 'error' in outcome)) {
        // Refused is what the store has no room for, not what was taken when we last looked.
        state = await this.#read()
        isFresh = true
        continue
      }
      if (ports.equals(state.ports)) {
        this.#state = state
        return outcomes
      }
      const written = await this.#store.put(key, encode(ports, this.#range), state.revision)
      if (written.ok) {
        this.#state = { ports, revision: written.revision }
        return outcomes
      }
      state = this.#decode(written.current)
      isFresh = true
    }
  }

  async #read(): Promise<State> {
    return this.#decode(await this.#store.get(key))
  }

  /** What was taken of another range says nothing about this one. */
  #decode(entry: Entry | undefined): State {
    const revision = entry?.revision ?? 0
    const { range, data = '' } = entry ? (JSON.parse(new TextDecoder().decode(entry.value)) as RangeAllocation) : {}
    if (range !== rangeText(this.#range)) return { ports: new PortSet(this.#range), revision }
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0))
    return { ports: PortSet.fromBytes(this.#range, bytes), revision }
  }
}

/** The part of upstream's type that matters. It is in the store only: no URL serves it. */
interface RangeAllocation {
  range?: string
  /** Base64. */
  data?: string
}

function encode(ports: PortSet, range: PortRange): Uint8Array {
  const data = btoa(String.fromCharCode(...ports.toBytes()))
  return new TextEncoder().encode(
    JSON.stringify({ kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, range: rangeText(range), data }),
  )
}

const rangeText = ({ first, last }: PortRange): string => `${first}-${last}`

function applied(edits: readonly Edit[], before: PortSet): { ports: PortSet; outcomes: Outcome[] } {
  let ports = before
  const outcomes = edits.map(({ run }): Outcome => {
    const draft = ports.copy()
    try {
      const result = run(draft)
      ports = draft
      return { result }
    } catch (error) {
      return { error }
    }
  })
  return { ports, outcomes }
}
