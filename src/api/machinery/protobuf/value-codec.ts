import { type Reader, wire } from './reader.ts'
import type { Writer } from './writer.ts'

/** How a value is written and read, its tag aside. Bytes and messages come with their length. */
export interface ValueCodec {
  readonly wireType: number
  write(writer: Writer, value: unknown): void
  /** Undefined for a value that stands for none (a zero time). */
  read(reader: Reader): unknown
}

/** A value that is length-delimited. `write` writes the contents. */
export function delimited(
  write: (writer: Writer, value: never) => void,
  read: (reader: Reader) => unknown,
): ValueCodec {
  return {
    wireType: wire.bytes,
    write(writer, value) {
      const before = writer.size
      write(writer, value as never)
      writer.varint(writer.size - before)
    },
    read,
  }
}

type FieldReader = (number: number, reader: Reader, wireType: number) => boolean

/** The fields of a message; `field` answers false for one it does not know. */
export function readFields(reader: Reader, field: FieldReader): void {
  readAllFields(reader.nested(), field)
}

/** The fields from here to the end. */
export function readAllFields(fields: Reader, field: FieldReader): void {
  while (!fields.done) {
    const tag = fields.varint()
    if (!field(tag >>> 3, fields, tag & 7)) fields.skip(tag & 7)
  }
}
