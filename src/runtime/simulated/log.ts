/** What a container writes, as the log file of a real runtime, in CRI's format; in memory. */
export class SimulatedLog {
  readonly lines: string[] = []
  #bytes = new Uint8Array(0)
  readonly #watchers = new Set<() => void>()

  /** Adds lines of standard output; `now` in ms since 1970. */
  write(lines: string[], now: number): void {
    const time = new Date(now).toISOString().replace('Z', '000000Z')
    this.lines.push(...lines)
    const added = encoder.encode(lines.map((line) => `${time} stdout F ${line}\n`).join(''))
    const bytes = new Uint8Array(this.#bytes.length + added.length)
    bytes.set(this.#bytes)
    bytes.set(added, this.#bytes.length)
    this.#bytes = bytes
    this.changed()
  }

  get size(): number {
    return this.#bytes.length
  }

  read(offset: number, length: number): Uint8Array {
    return this.#bytes.slice(offset, offset + length)
  }

  /** Calls `changed` after each write and at the log's end. The returned function stops that. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  /** Calls the watchers. */
  changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}

const encoder = new TextEncoder()
