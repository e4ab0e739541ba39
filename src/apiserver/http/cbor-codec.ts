/** Reads and writes CBOR. It is loaded only where the feature is on: see `cbor.ts`. */
export interface CborCodec {
  /** A value as a whole document. */
  document(value: unknown): Uint8Array
  /** A value as a part of something else. */
  item(value: unknown): Uint8Array
  /** An event of a watch around an encoded object. */
  event(type: string, object: Uint8Array): Uint8Array
  /** The value of a document. @throws ApiError 400 */
  parse(bytes: Uint8Array): unknown
}
