import { Reader, wire } from '../api/machinery/protobuf/reader.ts'
import { Writer } from '../api/machinery/protobuf/writer.ts'
import { camel, type WireSchema } from './schema.ts'

/** Encodes and decodes one message of a schema. */
export interface Codec {
  /** Members that are undefined or null, and unknown ones, are left out. @throws TypeError for an unknown enum name. */
  encode(message: object): Uint8Array
  /** All members are there, with their defaults if need be. Bytes are views of `bytes`. @throws Error if malformed. */
  decode(bytes: Uint8Array): object
}

type Values = Record<string, unknown>

/** How one field is written and read. */
interface FieldCodec {
  name: string
  /** Makes the value of a field that is not there. */
  absent: () => unknown
  write(writer: Writer, value: unknown): void
  /** Reads one occurrence; `before` is what the ones before it have made. */
  read(reader: Reader, wireType: number, before: unknown): unknown
}

/** How one value is written, without its tag, and read. */
interface ValueCodec {
  wireType: number
  zero: unknown
  write(writer: Writer, value: unknown): void
  read(reader: Reader): unknown
}

/** The codec of a message; compiled when it is first used, with those of the messages inside. */
export function codecOf(schema: WireSchema, message: string): Codec {
  const codecs = codecsOf(schema)
  return {
    encode(value) {
      const writer = new Writer()
      codecs(message).write(writer, value as Values)
      return writer.finish()
    },
    decode: (bytes) => codecs(message).read(new Reader(bytes)),
  }
}

interface MessageCodec {
  write(writer: Writer, message: Values): void
  read(reader: Reader): Values
}

const compiled = new WeakMap<WireSchema, (name: string) => MessageCodec>()

function codecsOf(schema: WireSchema): (name: string) => MessageCodec {
  let codecs = compiled.get(schema)
  if (codecs) return codecs
  const known = new Map<string, MessageCodec>()
  codecs = (name) => {
    let codec = known.get(name)
    if (!codec) {
      codec = messageCodec(schema, name)
      known.set(name, codec)
    }
    return codec
  }
  compiled.set(schema, codecs)
  return codecs
}

function messageCodec(schema: WireSchema, name: string): MessageCodec {
  const fields: FieldCodec[] = []
  const byNumber: (FieldCodec | undefined)[] = []
  for (const [field, [number, type]] of Object.entries(schema.messages[name] ?? {})) {
    const codec = fieldCodec(schema, camel(field), number, type)
    fields.push(codec)
    byNumber[number] = codec
  }
  // The writer works from the end to the beginning.
  const reversed = fields.toReversed()
  return {
    write(writer, message) {
      for (const field of reversed) {
        const value = message[field.name]
        if (value !== undefined && value !== null) field.write(writer, value)
      }
    },
    read(reader) {
      const message: Values = {}
      for (const field of fields) message[field.name] = field.absent()
      while (!reader.done) {
        const tag = reader.varint()
        const field = byNumber[tag >>> 3]
        if (field) message[field.name] = field.read(reader, tag & 7, message[field.name])
        else reader.skip(tag & 7)
      }
      return message
    },
  }
}

function fieldCodec(schema: WireSchema, name: string, number: number, type: string): FieldCodec {
  if (type === 'map<string,string>') return mapCodec(name, number)
  const repeated = type.startsWith('repeated ')
  const base = repeated ? type.slice('repeated '.length) : type
  const value = valueCodec(schema, base)
  if (repeated) return repeatedCodec(name, number, value)
  const { wireType, zero } = value
  return {
    name,
    absent: () => zero,
    write(writer, one) {
      value.write(writer, one)
      writer.tag(number, wireType)
    },
    read: (reader) => value.read(reader),
  }
}

/** Numbers are packed into one field; both forms are read. */
function repeatedCodec(name: string, number: number, value: ValueCodec): FieldCodec {
  const packed = value.wireType === wire.varint
  return {
    name,
    absent: () => [],
    write(writer, list) {
      const all = (list as unknown[]).toReversed()
      const before = writer.size
      for (const one of all) {
        value.write(writer, one)
        if (!packed) writer.tag(number, value.wireType)
      }
      if (!packed || all.length === 0) return
      writer.varint(writer.size - before)
      writer.tag(number, wire.bytes)
    },
    read(reader, wireType, before) {
      const list = before as unknown[]
      if (!packed || wireType !== wire.bytes) list.push(value.read(reader))
      else for (const inner = reader.nested(); !inner.done; ) list.push(value.read(inner))
      return list
    },
  }
}

function mapCodec(name: string, number: number): FieldCodec {
  const text = scalars.string as ValueCodec
  return {
    name,
    absent: () => ({}),
    write(writer, map) {
      for (const [key, one] of Object.entries(map as Record<string, string>)) {
        const before = writer.size
        text.write(writer, one)
        writer.tag(2, wire.bytes)
        text.write(writer, key)
        writer.tag(1, wire.bytes)
        writer.varint(writer.size - before)
        writer.tag(number, wire.bytes)
      }
    },
    read(reader, _, before) {
      const entry: Record<number, unknown> = { 1: '', 2: '' }
      for (const inner = reader.nested(); !inner.done; ) {
        const tag = inner.varint()
        entry[tag >>> 3] = text.read(inner)
      }
      const map = before as Record<string, unknown>
      // A key such as __proto__ is a key like others.
      Object.defineProperty(map, String(entry[1]), {
        value: entry[2],
        enumerable: true,
        writable: true,
        configurable: true,
      })
      return map
    },
  }
}

function valueCodec(schema: WireSchema, type: string): ValueCodec {
  const scalar = scalars[type]
  if (scalar) return scalar
  const names = schema.enums[type]
  if (names) return enumCodec(type, names)
  if (!schema.messages[type]) throw new TypeError(`${schema.package} has no message ${type}`)
  const codecs = codecsOf(schema)
  return {
    wireType: wire.bytes,
    zero: null,
    write(writer, message) {
      const before = writer.size
      codecs(type).write(writer, message as Values)
      writer.varint(writer.size - before)
    },
    read: (reader) => codecs(type).read(reader.nested()),
  }
}

/** A number that has no name is read as its digits. */
const enumCodec = (type: string, names: readonly string[]): ValueCodec => ({
  wireType: wire.varint,
  zero: names[0],
  write(writer, name) {
    const number = names.indexOf(name as string)
    if (number < 0) throw new TypeError(`${type} has no value ${String(name)}`)
    writer.varint(number)
  },
  read(reader) {
    const number = reader.varint()
    return names[number] ?? String(number)
  },
})

const integer: ValueCodec = {
  wireType: wire.varint,
  zero: 0,
  write: (writer, value) => writer.varint(value as number),
  read: (reader) => reader.varint(),
}

const scalars: Record<string, ValueCodec> = {
  int32: integer,
  int64: integer,
  uint32: integer,
  uint64: {
    ...integer,
    read(reader) {
      // The reader takes numbers of 64 bits as signed.
      const value = reader.varint()
      return value < 0 ? value + 2 ** 64 : value
    },
  },
  bool: {
    wireType: wire.varint,
    zero: false,
    write: (writer, value) => writer.varint(value ? 1 : 0),
    read: (reader) => reader.varint() !== 0,
  },
  string: {
    wireType: wire.bytes,
    zero: '',
    write(writer, value) {
      const before = writer.size
      writer.string(value as string)
      writer.varint(writer.size - before)
    },
    read: (reader) => reader.string(),
  },
  bytes: {
    wireType: wire.bytes,
    zero: new Uint8Array(0),
    write(writer, value) {
      const bytes = value as Uint8Array
      writer.bytes(bytes)
      writer.varint(bytes.length)
    },
    read: (reader) => reader.bytes(),
  },
}
