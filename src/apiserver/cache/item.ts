import { jsonText, parseJson } from '../../api/machinery/json/json-text.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { CustomKind } from '../definition.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The start of the JSON of every object of one kind. */
export interface Heading {
  /** In the store: `{"kind":"Pod","apiVersion":"v1","metadata":{` */
  stored: Uint8Array
  /** For clients: the same and `"resourceVersion":"` */
  full: Uint8Array
  /** The same without kind and apiVersion, which the items of a list do not repeat. */
  inList: Uint8Array
  /** For custom resources: converts a stored object to the present schema. */
  read?: CustomKind['read']
}

export function headingOf({ kind, apiVersion }: { kind: string; apiVersion: string }, read?: Heading['read']): Heading {
  const metadata = '"metadata":{'
  const stored = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},${metadata}`
  return {
    stored: encoder.encode(stored),
    full: encoder.encode(`${stored}"resourceVersion":"`),
    inList: encoder.encode(`{${metadata}"resourceVersion":"`),
    ...(read && { read }),
  }
}

/** The JSON the store keeps: kind, apiVersion and metadata first, no resourceVersion (the store's revision is it). */
export function encodeForStore({ kind, apiVersion, metadata, ...rest }: KubeObject): Uint8Array {
  return encoder.encode(jsonText({ kind, apiVersion, metadata: { ...metadata, resourceVersion: undefined }, ...rest }))
}

/** The object at a revision: a new one, since shared objects never change. */
export const atRevision = (object: KubeObject, revision: number): Stored<KubeObject> => ({
  ...object,
  metadata: { ...(object.metadata as Stored<KubeObject>['metadata']), resourceVersion: `${revision}` },
})

/**
 * One object at one revision. Immutable. Keeps the bytes of the store and decodes them on first use; its JSON for clients is
 * those bytes with the resourceVersion spliced in.
 */
export class Item {
  /** `namespace/name`, or `name`. */
  readonly key: string
  readonly revision: number
  /** As in the store: without a resourceVersion. */
  readonly stored: Uint8Array
  readonly #heading: Heading
  #object: Stored<KubeObject> | undefined
  /** The object differs from the stored bytes: its JSON is encoded again. */
  #differs = false
  #rest: number | undefined
  /** The object's JSON in other API versions. */
  #versions: Map<string, Uint8Array> | undefined
  /** What a conversion webhook has made of it, by apiVersion. */
  #conversions: Map<string, Stored<KubeObject>> | undefined

  constructor(heading: Heading, key: string, stored: Uint8Array, revision: number, object?: Stored<KubeObject>) {
    this.#heading = heading
    this.key = key
    this.stored = stored
    this.revision = revision
    this.#object = object
  }

  get namespace(): string {
    const slash = this.key.indexOf('/')
    return slash < 0 ? '' : this.key.slice(0, slash)
  }

  get name(): string {
    return this.key.slice(this.key.indexOf('/') + 1)
  }

  /** Shared: never change it. */
  get object(): Stored<KubeObject> {
    if (!this.#object) {
      this.#object = parse(this.stored, this.revision, this.key)
      if (this.#heading.read) this.#differs = this.#heading.read(this.#object)
    }
    return this.#object
  }

  /** The item has been replaced: a late watch that still needs the object decodes it again. */
  forgetObject(): void {
    if (!this.#differs) this.#object = undefined
  }

  /** The same object under another revision: a deleted object is reported with that of its deletion. */
  at(revision: number): Item {
    const object = this.#object && !this.#differs ? atRevision(this.#object, revision) : undefined
    const item = new Item(this.#heading, this.key, this.stored, revision, object)
    for (const [version, converted] of this.#conversions ?? [])
      item.keepConversion(version, atRevision(converted, revision))
    return item
  }

  /** The object in another version, once a webhook has converted it. */
  conversion(apiVersion: string): Stored<KubeObject> | undefined {
    return this.#conversions?.get(apiVersion)
  }

  keepConversion(apiVersion: string, object: Stored<KubeObject>): void {
    this.#conversions ??= new Map()
    this.#conversions.set(apiVersion, object)
  }

  /** JSON as clients get it. */
  bytes(): Uint8Array {
    const whole = new Uint8Array(this.length(false))
    this.write(whole, 0, false)
    return whole
  }

  /** How many bytes `write` writes. */
  length(inList: boolean): number {
    const rest = this.#restStart()
    if (rest === 0) return this.#reencoded().length
    const heading = inList ? this.#heading.inList : this.#heading.full
    const comma = this.stored[rest] === closingBrace ? 0 : 1
    return heading.length + digitsOf(this.revision) + 1 + comma + this.stored.length - rest
  }

  /** Writes the JSON for clients at `offset`, and answers where it ends: many items are joined with one copy of each. */
  write(target: Uint8Array, offset: number, inList: boolean): number {
    const rest = this.#restStart()
    if (rest === 0) {
      target.set(this.#reencoded(), offset)
      return offset + this.#reencoded().length
    }
    const heading = inList ? this.#heading.inList : this.#heading.full
    target.set(heading, offset)
    let at = offset + heading.length
    const digits = digitsOf(this.revision)
    for (let i = digits - 1, left = this.revision; i >= 0; i--, left = Math.floor(left / 10))
      target[at + i] = zero + (left % 10)
    at += digits
    target[at++] = quote
    if (this.stored[rest] !== closingBrace) target[at++] = comma
    target.set(this.stored.subarray(rest), at)
    return at + this.stored.length - rest
  }

  /** The end of the heading in the stored bytes; 0 if they begin otherwise (written by another server). */
  #restStart(): number {
    if (this.#rest === undefined) {
      const isAsStored = !this.#heading.read || (this.object && !this.#differs)
      this.#rest = isAsStored && startsWith(this.stored, this.#heading.stored) ? this.#heading.stored.length : 0
    }
    return this.#rest
  }

  #reencoded(): Uint8Array {
    return this.inVersion('', (object) => object)
  }

  /** JSON in another version of the API, made once. */
  inVersion(apiVersion: string, encode: (object: Stored<KubeObject>) => KubeObject): Uint8Array {
    this.#versions ??= new Map()
    let bytes = this.#versions.get(apiVersion)
    if (!bytes) {
      bytes = encoder.encode(jsonText(encode(this.object)))
      this.#versions.set(apiVersion, bytes)
    }
    return bytes
  }
}

const closingBrace = 0x7d
const quote = 0x22
const comma = 0x2c
const zero = 0x30

function digitsOf(value: number): number {
  let digits = 1
  for (let limit = 10; value >= limit; limit *= 10) digits++
  return digits
}

function parse(stored: Uint8Array, revision: number, key: string): Stored<KubeObject> {
  const text = decoder.decode(stored)
  if (text.startsWith('k8s:enc:'))
    throw new Error(
      `${key} is encrypted in the store: the API server needs the --encryption-provider-config that wrote it`,
    )
  const object = parseJson(text) as Stored<KubeObject>
  object.metadata.resourceVersion = `${revision}`
  return object
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  if (bytes.length < start.length) return false
  for (let i = 0; i < start.length; i++) if (bytes[i] !== start[i]) return false
  return true
}

/** One array out of many. */
export function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const piece of pieces) length += piece.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}
