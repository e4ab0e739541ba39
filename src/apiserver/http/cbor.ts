import { decode, encode, Token, Type } from 'cborg'
import { badRequest } from '../../api/errors.ts'
import type { CborCodec } from './cbor-codec.ts'

/** The tag 55799 that begins a document, so that a reader can tell what it is (RFC 8949, 3.4.6). */
const selfDescribed = Uint8Array.of(0xd9, 0xd9, 0xf7)
/** Upstream's limit. */
const maxDepth = 64

const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })

/**
 * CBOR as upstream has it (KEP-4222): strings and keys are byte strings, keys in bytewise order, numbers in their shortest
 * form. Bytes that are meant as base64 (tag 22) are base64 text here, as in JSON.
 */
export const cbor: CborCodec = {
  document: (value) => joined(selfDescribed, cbor.item(value)),

  item: (value) =>
    encode(value, {
      ignoreUndefinedProperties: true,
      typeEncoders: { string: (string: string) => [new Token(Type.bytes, utf8.encode(string))] },
      mapSorter: ([a], [b]) => compareKeys(a, b),
    }),

  event: (type, object) => joined(eventStart, cbor.item(type), objectKey, object),

  parse(bytes) {
    try {
      return plain(
        decode(bytes, { useMaps: true, allowUndefined: false, allowInfinity: false, allowNaN: false, tags }),
        0,
      )
    } catch (error) {
      throw badRequest(`the object provided is unrecognized (must be of type CBOR): ${(error as Error).message}`)
    }
  },
}

/** A map of two entries, the first of which is `type`. */
const eventStart = joined(Uint8Array.of(0xa2), encode(utf8.encode('type')))
const objectKey = encode(utf8.encode('object'))

type KeyToken = Token | Token[] | undefined

/** By the bytes of the encoded keys: the shorter one first. */
function compareKeys(a: KeyToken, b: KeyToken): number {
  const [x, y] = [a, b].map((token) => (Array.isArray(token) ? token[0] : token)?.value as Uint8Array)
  if (!x || !y) return 0
  if (x.length !== y.length) return x.length - y.length
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return (x[i] ?? 0) - (y[i] ?? 0)
  return 0
}

/** What a later encoder would make of bytes. */
class Later {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const later = (encoded: (bytes: Uint8Array) => string) => (content: () => unknown) => {
  const bytes = content()
  if (!(bytes instanceof Uint8Array)) throw new Error('an expected encoding is for bytes')
  return new Later(encoded(bytes))
}
const base64 = (bytes: Uint8Array): string => bytes.toBase64()
const same = (content: () => unknown) => content()
const tags = {
  0: same,
  21: later((bytes) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })),
  22: later(base64),
  23: later((bytes) => bytes.toHex().toUpperCase()),
  55799: same,
}

/** Values as JSON has them. */
function plain(value: unknown, depth: number): unknown {
  if (value instanceof Later) return value.text
  if (value instanceof Uint8Array) return text.decode(value)
  if (depth >= maxDepth && typeof value === 'object' && value !== null)
    throw new Error(`exceeded max nested level ${maxDepth}`)
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1))
  if (!(value instanceof Map)) return value
  const object: Record<string, unknown> = {}
  for (const [key, item] of value) {
    const name = plain(key, depth + 1)
    if (typeof name !== 'string') throw new Error('a key is no string')
    if (Object.hasOwn(object, name)) throw new Error(`found duplicate map key ${JSON.stringify(name)}`)
    // Not by assignment, which `__proto__` would turn into something else.
    Object.defineProperty(object, name, {
      value: plain(item, depth + 1),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return object
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
