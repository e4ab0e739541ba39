import { badRequest, unsupportedMediaType } from '../../errors.ts'
import type { Message } from '../schema/schema.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** `application/vnd.kubernetes.protobuf`: a prefix, then a message that says what is in it (API reference, 'Protobuf'). */
const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0)

/** An object in its envelope; apiVersion and kind are the object's own, else its type's. */
export function encodeProtobuf(type: Message, object: unknown): Uint8Array {
  const { apiVersion, kind } = object as { apiVersion?: string; kind?: string }
  const { group, version, kind: ownKind } = type.gvk ?? { group: '', version: '', kind: '' }
  const writer = new Writer(2048)
  /** contentType and contentEncoding are empty, and written all the same by Go. */
  writeText(writer, 4, '')
  writeText(writer, 3, '')
  writeBytes(writer, 2, encodeMessage(type, object))
  const before = writer.size
  writeText(writer, 2, kind ?? ownKind)
  writeText(writer, 1, apiVersion ?? (group ? `${group}/${version}` : version))
  writer.varint(writer.size - before)
  writer.tag(1, 2)
  writer.bytes(magic)
  return writer.finish()
}

/** What an envelope says of its contents. */
export interface Envelope {
  apiVersion: string
  kind: string
  raw: Uint8Array
}

/** @throws ApiError 400 for what is no envelope, 415 for contents in another encoding. */
export function openEnvelope(bytes: Uint8Array): Envelope {
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array() }
  const reader = new Reader(bytes, magic.length)
  while (!reader.done) {
    const tag = reader.varint()
    if (tag >>> 3 === 1) Object.assign(envelope, typeMetaOf(reader.nested()))
    else if (tag >>> 3 === 2) envelope.raw = reader.bytes()
    else if (tag >>> 3 === 3 && tag % 8 === 2) {
      const encoding = reader.string()
      if (encoding) throw unsupportedMediaType(`unable to decode protobuf contents encoded with ${encoding}`)
    } else reader.skip(tag & 7)
  }
  return envelope
}

/**
 * An object in its envelope, in the same form as `decode` gives it: with apiVersion and kind, and with metadata, spec
 * and status where the kind has them.
 */
export function decodeProtobuf<T>(type: Message<T>, bytes: Uint8Array): T {
  const { apiVersion, kind, raw } = openEnvelope(bytes)
  const object: Record<string, unknown> = { ...(apiVersion && { apiVersion }), ...(kind && { kind }) }
  Object.assign(object, decodeMessage(type, raw))
  for (const part of ['metadata', 'spec', 'status'])
    if (type.gvk && type.fields[part]?.type.kind === 'message') object[part] ??= {}
  return object as T
}

/** One event of a protobuf watch: its length in four bytes, then the event with the enveloped object in it. */
export function encodeWatchFrame(type: string, object: Uint8Array): Uint8Array {
  const writer = new Writer(object.length + 64)
  const before = writer.size
  writeBytes(writer, 1, object)
  writer.varint(writer.size - before)
  writer.tag(2, 2)
  writeText(writer, 1, type)
  const { size } = writer
  writer.bytes(Uint8Array.of(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255))
  return writer.finish()
}

function writeText(writer: Writer, number: number, text: string): void {
  const before = writer.size
  writer.string(text)
  writer.varint(writer.size - before)
  writer.tag(number, 2)
}

function writeBytes(writer: Writer, number: number, bytes: Uint8Array): void {
  writer.bytes(bytes)
  writer.varint(bytes.length)
  writer.tag(number, 2)
}

function typeMetaOf(reader: Reader): { apiVersion?: string; kind?: string } {
  const found: { apiVersion?: string; kind?: string } = {}
  while (!reader.done) {
    const tag = reader.varint()
    if (tag >>> 3 === 1) found.apiVersion = reader.string()
    else if (tag >>> 3 === 2) found.kind = reader.string()
    else reader.skip(tag & 7)
  }
  return found
}
