/**
 * Writes protobuf from the end to the beginning: what is inside a message is written before its length, which is then
 * known. Callers write fields in reverse.
 */
export class Writer {
  #bytes: Uint8Array
  /** Where the last written byte is. */
  #at: number

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity)
    this.#at = capacity
  }

  /** How many bytes have been written. */
  get size(): number {
    return this.#bytes.length - this.#at
  }

  finish(): Uint8Array {
    return this.#bytes.slice(this.#at)
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#at -= value.length
    this.#bytes.set(value, this.#at)
  }

  string(value: string): void {
    const { length } = value
    this.#reserve(length)
    for (let i = length - 1; i >= 0; i--) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) {
        /** Not ASCII: undo, and let the platform do it. */
        this.#at += length - 1 - i
        this.bytes(utf8.encode(value))
        return
      }
      this.#bytes[--this.#at] = code
    }
  }

  double(value: number): void {
    this.#reserve(8)
    this.#at -= 8
    new DataView(this.#bytes.buffer).setFloat64(this.#at, value, true)
  }

  varint(value: number | bigint): void {
    if (typeof value === 'bigint' || value < 0 || value > 0x7fffffff) {
      this.#long(BigInt.asUintN(64, BigInt(value)))
      return
    }
    this.#reserve(5)
    const length = value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
    this.#at -= length
    let rest = value
    for (let i = 0; i < length - 1; i++) {
      this.#bytes[this.#at + i] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#at + length - 1] = rest
  }

  tag(number: number, wireType: number): void {
    this.varint((number << 3) | wireType)
  }

  #long(value: bigint): void {
    const groups: number[] = []
    for (let rest = value; groups.length === 0 || rest > 0n; rest >>= 7n) groups.push(Number(rest & 0x7fn))
    this.bytes(Uint8Array.from(groups, (group, i) => (i < groups.length - 1 ? group | 0x80 : group)))
  }

  #reserve(count: number): void {
    if (this.#at >= count) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.size + count))
    const at = grown.length - this.size
    grown.set(this.#bytes.subarray(this.#at), at)
    this.#bytes = grown
    this.#at = at
  }
}

const utf8 = new TextEncoder()
