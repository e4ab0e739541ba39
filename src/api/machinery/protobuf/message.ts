import { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import type { Field, Message, ScalarName, Type } from '../schema/schema.ts'
import { jsonSchemaCodec } from './json-schema.ts'
import { Reader, wire } from './reader.ts'
import { scalarCodec } from './scalar.ts'
import { delimited, readAllFields, readFields, type ValueCodec } from './value-codec.ts'
import { Writer } from './writer.ts'

type Fields = Record<string, unknown>

const codecs = new WeakMap<Message, ValueCodec>()

/** The codec of a message, made once. Skips unknown fields. */
function messageCodec(message: Message): ValueCodec {
  const known = codecs.get(message)
  if (known) return known
  /** Made on first use, since messages can contain themselves. */
  let layout: Layout | undefined
  const codec = delimited(
    (writer, value: Fields) => {
      layout ??= layoutOf(message)
      writeLayout(writer, layout, value)
    },
    (reader) => {
      layout ??= layoutOf(message)
      const target: Fields = {}
      readLayout(reader, layout, target)
      return target
    },
  )
  codecs.set(message, codec)
  return codec
}

/** Without its length. */
export function encodeMessage(message: Message, value: unknown): Uint8Array {
  const writer = new Writer()
  writeLayout(writer, layoutOf(message), value as Fields)
  return writer.finish()
}

export function decodeMessage(message: Message, bytes: Uint8Array): Fields {
  const target: Fields = {}
  readMembers(new Reader(bytes), layoutOf(message), target)
  return target
}

/** The members of a message by protobuf number; embedded structs are layouts inside, of fields of the same object. */
interface Layout {
  readonly byNumber: ReadonlyMap<number, Member>
  /** In reverse, as they are written. */
  readonly members: readonly Member[]
}

interface Member {
  readonly number: number
  write(writer: Writer, object: Fields): void
  read(reader: Reader, wireType: number, object: Fields): void
}

const layouts = new WeakMap<Message, Layout>()

function layoutOf(message: Message): Layout {
  let layout = layouts.get(message)
  if (!layout) {
    layout = layoutFrom(Object.entries(message.fields), 0)
    layouts.set(message, layout)
  }
  return layout
}

/** `depth` is how many embedded structs the fields are in. */
function layoutFrom(fields: [string, Field][], depth: number): Layout {
  const members: Member[] = []
  const embedded = new Map<number, [string, Field][]>()
  for (const [name, field] of fields) {
    const outer = field.path?.[depth]
    if (outer !== undefined) embedded.set(outer, [...(embedded.get(outer) ?? []), [name, field]])
    else if (field.number > 0) members.push(fieldMember(name, field))
  }
  for (const [number, inner] of embedded) members.push(embedMember(number, layoutFrom(inner, depth + 1)))
  members.sort((a, b) => b.number - a.number)
  return { members, byNumber: new Map(members.map((member) => [member.number, member])) }
}

function writeLayout(writer: Writer, { members }: Layout, object: Fields): void {
  for (const member of members) member.write(writer, object)
}

function readLayout(reader: Reader, layout: Layout, object: Fields): void {
  readMembers(reader.nested(), layout, object)
}

function readMembers(reader: Reader, { byNumber }: Layout, object: Fields): void {
  readAllFields(reader, (number, fields, wireType) => {
    const member = byNumber.get(number)
    if (!member) return false
    member.read(fields, wireType, object)
    return true
  })
}

function embedMember(number: number, layout: Layout): Member {
  const codec = delimited(
    (writer, object: Fields) => writeLayout(writer, layout, object),
    () => undefined,
  )
  return {
    number,
    write(writer, object) {
      codec.write(writer, object)
      writer.tag(number, wire.bytes)
    },
    read: (reader, _wireType, object) => readLayout(reader, layout, object),
  }
}

/** Scalars that have a zero; the others are messages in Go, and are there or not. */
const plain = new Set<ScalarName>(['string', 'bool', 'int32', 'int64', 'double', 'bytes'])

function fieldMember(name: string, field: Field): Member {
  const { number, type } = field
  if (type.kind === 'list' && !field.isWrapped) return listMember(name, number, codecOf(type.items))
  if (type.kind === 'map') return mapMember(name, number, codecOf(type.values))
  const codec = codecOf(type)
  const keepsZero = field.isRequired || field.isExplicit || type.kind !== 'scalar' || !plain.has(type.name)
  return {
    number,
    write(writer, object) {
      const value = object[name]
      if (value === undefined || value === null) return
      codec.write(writer, value)
      writer.tag(number, codec.wireType)
    },
    read(reader, _wireType, object) {
      const value = codec.read(reader)
      if (value === undefined || (!keepsZero && (value === '' || value === 0 || value === false))) return
      object[name] = value
    },
  }
}

function listMember(name: string, number: number, codec: ValueCodec): Member {
  return {
    number,
    write(writer, object) {
      const list = object[name]
      if (!Array.isArray(list)) return
      for (let i = list.length - 1; i >= 0; i--) {
        codec.write(writer, list[i])
        writer.tag(number, codec.wireType)
      }
    },
    read(reader, wireType, object) {
      const present = object[name]
      const list: unknown[] = Array.isArray(present) ? present : []
      object[name] = list
      if (wireType !== wire.bytes || codec.wireType === wire.bytes) {
        list.push(codec.read(reader))
        return
      }
      /** Numbers may come packed. */
      const packed = reader.nested()
      while (!packed.done) list.push(codec.read(packed))
    },
  }
}

/** A map is a list of messages with key and value. */
function mapMember(name: string, number: number, codec: ValueCodec): Member {
  const key = scalarCodec({ name: 'string' })
  const entry = delimited(
    (writer, [entryKey, value]: [string, unknown]) => {
      codec.write(writer, value)
      writer.tag(2, codec.wireType)
      key.write(writer, entryKey)
      writer.tag(1, wire.bytes)
    },
    (reader) => {
      let [entryKey, value]: [unknown, unknown] = ['', undefined]
      readFields(reader, (field, fields) => {
        if (field === 1) entryKey = key.read(fields)
        // A value that stands for none is null in JSON, as Go writes a zero time.
        else if (field === 2) value = codec.read(fields) ?? null
        else return false
        return true
      })
      return [entryKey, value]
    },
  )
  return {
    number,
    write(writer, object) {
      const map = object[name]
      if (typeof map !== 'object' || map === null) return
      for (const pair of Object.entries(map).sort(([a], [b]) => (a < b ? 1 : -1))) {
        entry.write(writer, pair)
        writer.tag(number, wire.bytes)
      }
    },
    read(reader, _wireType, object) {
      const [entryKey, value] = entry.read(reader) as [string, unknown]
      const map = (object[name] ?? {}) as Fields
      Object.defineProperty(map, entryKey, {
        value: value === undefined ? '' : value,
        enumerable: true,
        writable: true,
        configurable: true,
      })
      object[name] = map
    },
  }
}

function codecOf(type: Type): ValueCodec {
  if (type.kind === 'scalar') {
    const special = type.definition && jsonSchemaCodec(type.definition, () => messageCodec(JSONSchemaProps))
    return special || scalarCodec(type)
  }
  if (type.kind === 'message') return messageCodec(type)
  if (type.kind === 'map') throw new Error('protobuf has no maps in lists or maps')
  /** A list as a value is a message with the items in field 1. */
  const items = listMember('items', 1, codecOf(type.items))
  const layout: Layout = { members: [items], byNumber: new Map([[1, items]]) }
  return delimited(
    (writer, list: unknown[]) => writeLayout(writer, layout, { items: list }),
    (reader) => {
      const target: Fields = {}
      readLayout(reader, layout, target)
      return target.items ?? []
    },
  )
}
