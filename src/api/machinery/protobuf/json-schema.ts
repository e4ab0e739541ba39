import { type Reader, wire } from './reader.ts'
import { delimited, readFields, type ValueCodec } from './value-codec.ts'
import type { Writer } from './writer.ts'

/**
 * The values of a JSON schema that may be of two types: messages with a field for each. `schema` is the codec of
 * JSONSchemaProps. Undefined for other definitions.
 */
export function jsonSchemaCodec(definition: string, schema: () => ValueCodec): ValueCodec | undefined {
  const make = {
    JSONSchemaPropsOrArray: () =>
      orList(schema, { write: (w, item) => schema().write(w, item), read: (r) => schema().read(r) }),
    JSONSchemaPropsOrStringArray: () => orList(schema, text),
    JSONSchemaPropsOrBool: () => orBool(schema),
  }[definition.split('.').at(-1) ?? '']
  return make?.()
}

/** An item of a repeated field of the other kind. */
interface Items {
  write(writer: Writer, item: unknown): void
  read(reader: Reader): unknown
}

const text: Items = delimited(
  (writer, value: string) => writer.string(value),
  (reader) => reader.string(),
)
function orList(schema: () => ValueCodec, items: Items): ValueCodec {
  return delimited(
    (writer, value: unknown) => {
      const isList = Array.isArray(value)
      for (const item of isList ? value.toReversed() : [value]) {
        if (isList) items.write(writer, item)
        else schema().write(writer, item)
        writer.tag(isList ? 2 : 1, wire.bytes)
      }
    },
    (reader) => {
      const list: unknown[] = []
      let one: unknown
      readFields(reader, (field, fields) => {
        if (field === 1) one = schema().read(fields)
        else if (field === 2) list.push(items.read(fields))
        else return false
        return true
      })
      return one ?? list
    },
  )
}

function orBool(schema: () => ValueCodec): ValueCodec {
  return delimited(
    (writer, value: unknown) => {
      if (typeof value !== 'boolean') {
        schema().write(writer, value)
        writer.tag(2, wire.bytes)
      }
      writer.varint(value === false ? 0 : 1)
      writer.tag(1, wire.varint)
    },
    (reader) => {
      let allows = false
      let one: unknown
      readFields(reader, (field, fields) => {
        if (field === 1) allows = fields.varint() !== 0
        else if (field === 2) one = schema().read(fields)
        else return false
        return true
      })
      return one ?? allows
    },
  )
}
