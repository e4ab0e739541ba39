import type { KubeObject, Stored } from '../../api/object.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** How the JSON of every object of one kind starts, up to where its resourceVersion is spliced in. */
export interface Heading {
  /** `{"kind":"Pod","apiVersion":"v1","metadata":{` */
  full: Uint8Array
  /** The same without kind and apiVersion, which the items of a list do not repeat. */
  inList: Uint8Array
}

export const headingOf = ({ kind, apiVersion }: { kind: string; apiVersion: string }): Heading => ({
  full: encoder.encode(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":{`),
  inList: encoder.encode('{"metadata":{'),
})

/** The JSON the store keeps: kind, apiVersion and metadata first, no resourceVersion (the store's revision is it). */
export function encodeForStore({ kind, apiVersion, metadata, ...rest }: KubeObject): Uint8Array {
  return encoder.encode(
    JSON.stringify({ kind, apiVersion, metadata: { ...metadata, resourceVersion: undefined }, ...rest }),
  )
}

/**
 * One object as it was at one revision. Immutable. Keeps the bytes of the store and decodes them when somebody first
 * looks inside; its JSON for clients is those bytes with the resourceVersion spliced in.
 */
export class Item {
  /** `namespace/name`, or `name`. */
  readonly key: string
  readonly revision: number
  /** As in the store: without a resourceVersion. */
  readonly stored: Uint8Array
  readonly #heading: Heading
  #object: Stored<KubeObject> | undefined
  /** The object's JSON in other API versions. */
  #versions: Map<string, Uint8Array> | undefined

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

  /** Shared by everybody: never to be changed. */
  get object(): Stored<KubeObject> {
    this.#object ??= parse(this.stored, this.revision)
    return this.#object
  }

  /** The same object under another revision: a deleted object is reported with that of its deletion. */
  at(revision: number): Item {
    const object = this.#object && {
      ...this.#object,
      metadata: { ...this.#object.metadata, resourceVersion: `${revision}` },
    }
    return new Item(this.#heading, this.key, this.stored, revision, object)
  }

  /** JSON as clients get it. */
  bytes(): Uint8Array {
    const pieces: Uint8Array[] = []
    this.addPieces(pieces, false)
    return joinPieces(pieces)
  }

  /** Adds the parts of that JSON, so that many items are joined with one copy. */
  addPieces(pieces: Uint8Array[], inList: boolean): void {
    const { full, inList: short } = this.#heading
    if (!startsWith(this.stored, full)) {
      pieces.push(encoder.encode(JSON.stringify(this.object)))
      return
    }
    const rest = this.stored.subarray(full.length)
    const comma = rest[0] === closingBrace ? '' : ','
    pieces.push(inList ? short : full, encoder.encode(`"resourceVersion":"${this.revision}"${comma}`), rest)
  }

  /** JSON in another version of the API, made once. */
  inVersion(apiVersion: string, encode: (object: Stored<KubeObject>) => KubeObject): Uint8Array {
    this.#versions ??= new Map()
    let bytes = this.#versions.get(apiVersion)
    if (!bytes) {
      bytes = encoder.encode(JSON.stringify(encode(this.object)))
      this.#versions.set(apiVersion, bytes)
    }
    return bytes
  }
}

const closingBrace = '}'.charCodeAt(0)

function parse(stored: Uint8Array, revision: number): Stored<KubeObject> {
  const object = JSON.parse(decoder.decode(stored)) as Stored<KubeObject>
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
