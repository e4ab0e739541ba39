import type { CborCodec } from './cbor-codec.ts'
import type { Format } from './negotiate.ts'

/** How a request wants its answer. */
export interface View {
  format: Format
  /** Of a Table: whether each row carries its object. */
  includeObject: string
  now: number
  /** Set where the feature is on. */
  cbor?: CborCodec
}
