import { Duplex } from 'node:stream'
import type { Headers } from './spdy-headers.ts'

type Done = (error?: Error | null) => void

/** What a stream asks of its session. */
export interface StreamLink {
  data(data: Buffer, done: Done): void
  end(done: Done): void
  reset(): void
  closed(): void
}

/** One stream of a SPDY session. Ending it leaves its other direction open; destroying it resets it. */
export class SpdyStream extends Duplex {
  readonly id: number
  /** Names are lower case. */
  readonly headers: Headers
  readonly #link: StreamLink
  #drained: (() => void) | undefined
  #remoteGone = false
  #ended = { us: false, them: false }

  constructor(id: number, headers: Headers, link: StreamLink) {
    super({ allowHalfOpen: true })
    this.id = id
    this.headers = headers
    this.#link = link
    // A user of one direction need not listen for the other's errors.
    this.on('error', () => {})
  }

  /** Resolves when there is room for more. */
  receive(data: Buffer): Promise<void> | undefined {
    if (this.destroyed || this.#ended.them || this.push(data)) return undefined
    return new Promise((resolve) => {
      this.#drained = resolve
    })
  }

  receiveEnd(): void {
    if (this.#ended.them) return
    this.#ended.them = true
    this.push(null)
  }

  /** The reader still gets what has arrived; later writes go nowhere, as into a closed pipe. */
  receiveReset(): void {
    this.#remoteGone = true
    this.#drained?.()
    this.receiveEnd()
    if (!this.writableEnded) this.end()
  }

  override _read(): void {
    this.#drained?.()
    this.#drained = undefined
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (this.#remoteGone) done()
    else this.#link.data(chunk, done)
  }

  override _final(done: Done): void {
    this.#ended.us = true
    if (this.#remoteGone) done()
    else this.#link.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#drained?.()
    if (!this.#remoteGone && !(this.#ended.us && this.#ended.them)) this.#link.reset()
    this.#link.closed()
    done(error)
  }
}
