import { badRequest } from '../../errors.ts'

/** Reads protobuf. @throws ApiError 400 for what is cut off or malformed. */
export class Reader {
  readonly #bytes: Uint8Array
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** A number up to 2^53; 64-bit ones are taken as signed. */
  varint(): number {
    return Number(this.int64())
  }

  /** A signed number of 64 bits; beyond 2^53 a bigint. */
  int64(): number | bigint {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return this.#long(BigInt(value), 28n)
  }

  #long(low: bigint, from: bigint): number | bigint {
    let value = low
    for (let shift = from; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte >= 0x80) continue
      const signed = BigInt.asIntN(64, value)
      const number = Number(signed)
      return Number.isSafeInteger(number) ? number : signed
    }
    throw badRequest('proto: integer overflow')
  }

  double(): number {
    const at = this.#take(8)
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getFloat64(at, true)
  }

  /** The contents of a length-delimited field, not copied. */
  bytes(): Uint8Array {
    const length = this.varint()
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  string(): string {
    return utf8.decode(this.bytes())
  }

  /** A reader of a length-delimited field. */
  nested(): Reader {
    const length = this.varint()
    const at = this.#take(length)
    return new Reader(this.#bytes, at, at + length)
  }

  /** Skips an unknown field. */
  skip(wireType: number): void {
    if (wireType === wire.varint) while (this.#byte() >= 0x80);
    else if (wireType === wire.fixed64) this.#take(8)
    else if (wireType === wire.bytes) this.#take(this.varint())
    else if (wireType === wire.fixed32) this.#take(4)
    else throw badRequest(`proto: illegal wireType ${wireType}`)
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0
  }

  #take(length: number): number {
    const at = this.#at
    if (length < 0 || at + length > this.#end) throw badRequest('unexpected EOF')
    this.#at = at + length
    return at
  }
}

/** How a field's value is laid out. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

const utf8 = new TextDecoder()
