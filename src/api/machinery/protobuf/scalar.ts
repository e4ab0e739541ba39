import { formatTime } from '../../clock.ts'
import { badRequest, messageOf } from '../../errors.ts'
import { canonicalQuantity } from '../../quantity.ts'
import { jsonText, parseJson } from '../json/json-text.ts'
import type { Scalar, ScalarName } from '../schema/schema.ts'
import { wire } from './reader.ts'
import { delimited, readFields, type ValueCodec } from './value-codec.ts'

/** The codec of a scalar; for what a JSON schema may have in two types, see `json-schema.ts`. */
export const scalarCodec = ({ name }: Pick<Scalar, 'name'>): ValueCodec => codecs[name]

const number: ValueCodec = {
  wireType: wire.varint,
  write: (writer, value) => writer.varint(value as number),
  read: (reader) => reader.varint(),
}

const long: ValueCodec = {
  wireType: wire.varint,
  write: (writer, value) => writer.varint(value as number | bigint),
  read: (reader) => reader.int64(),
}

/** JSON text inside a message: RawExtension, FieldsV1, JSON. */
const rawJson = delimited(
  (writer, value) => {
    const before = writer.size
    writer.string(jsonText(value))
    writer.varint(writer.size - before)
    writer.tag(1, wire.bytes)
  },
  (reader) => {
    let value: unknown
    readFields(reader, (field, fields) => {
      if (field !== 1) return false
      value = jsonIn(fields.string())
      return true
    })
    return value
  },
)

function jsonIn(text: string): unknown {
  if (text === '') return undefined
  try {
    return parseJson(text)
  } catch (error) {
    throw badRequest(messageOf(error))
  }
}

const quantity = delimited(
  (writer, value: string) => {
    const before = writer.size
    writer.string(value)
    writer.varint(writer.size - before)
    writer.tag(1, wire.bytes)
  },
  (reader) => {
    let text = '0'
    readFields(reader, (field, fields) => {
      if (field !== 1) return false
      text = fields.string()
      return true
    })
    return canonicalQuantity(text || '0')
  },
)

const intOrString = delimited(
  (writer, value: number | string) => {
    if (typeof value === 'string') {
      const before = writer.size
      writer.string(value)
      writer.varint(writer.size - before)
      writer.tag(3, wire.bytes)
    } else {
      writer.varint(value)
      writer.tag(2, wire.varint)
    }
    writer.varint(typeof value === 'string' ? 1 : 0)
    writer.tag(1, wire.varint)
  },
  (reader) => {
    let isText = false
    let [int, text] = [0, '']
    readFields(reader, (field, fields) => {
      if (field === 1) isText = fields.varint() === 1
      else if (field === 2) int = fields.varint()
      else if (field === 3) text = fields.string()
      else return false
      return true
    })
    return isText ? text : int
  },
)

/** Seconds and nanoseconds since 1970; an empty message is no time. */
function timestamp(format: (seconds: number, nanos: number) => string): ValueCodec {
  return delimited(
    (writer, value: string | null) => {
      if (value === null) return
      const ms = Date.parse(value)
      const micros = /\.(\d+)/.exec(value)?.[1] ?? ''
      writer.varint(Number(micros.padEnd(9, '0').slice(0, 9)))
      writer.tag(2, wire.varint)
      writer.varint(Math.floor(ms / 1000))
      writer.tag(1, wire.varint)
    },
    (reader) => {
      let seconds: number | undefined
      let nanos = 0
      readFields(reader, (field, fields) => {
        if (field === 1) seconds = fields.varint()
        else if (field === 2) nanos = fields.varint()
        else return false
        return true
      })
      return seconds === undefined ? undefined : format(seconds, nanos)
    },
  )
}

const codecs: Record<ScalarName, ValueCodec> = {
  string: delimited(
    (writer, value: string) => writer.string(value),
    (reader) => reader.string(),
  ),
  bool: {
    wireType: wire.varint,
    write: (writer, value) => writer.varint(value ? 1 : 0),
    read: (r) => r.varint() !== 0,
  },
  int32: number,
  int64: long,
  double: { wireType: wire.fixed64, write: (w, value) => w.double(Number(value)), read: (r) => r.double() },
  bytes: delimited(
    (writer, value: string) => writer.bytes(Uint8Array.fromBase64(value)),
    (reader) => reader.bytes().toBase64(),
  ),
  quantity,
  intOrString,
  time: timestamp((seconds) => formatTime(seconds * 1000)),
  microTime: timestamp((seconds, nanos) => {
    const micros = String(Math.floor(nanos / 1000)).padStart(6, '0')
    return formatTime(seconds * 1000).replace('Z', `.${micros}Z`)
  }),
  json: rawJson,
  object: rawJson,
}
