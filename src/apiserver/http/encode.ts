import { notAcceptable } from '../../api/errors.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { encodeProtobuf } from '../../api/machinery/protobuf/index.ts'
import { formatYaml } from '../../api/machinery/yaml/format-yaml.ts'
import type { KubeObject } from '../../api/object.ts'
import { messageOfKind } from '../../api/resources.ts'
import type { Item } from '../cache/item.ts'
import { joinPieces } from '../cache/item.ts'
import { type Answer, listKind, listMeta, whole } from '../registry/answer.ts'
import { inServedVersion, presented } from '../registry/conversion.ts'
import type { Served } from '../registry/core.ts'
import { partialMetadata, partialMetadataList } from './partial-metadata.ts'
import { tableOf, tableOfObject } from './table.ts'
import type { View } from './view.ts'

const encoder = new TextEncoder()

/** The bytes of an answer. Those of objects and lists come straight from the cache. */
export function encodeAnswer(answer: Answer, view: View): Uint8Array {
  const { format } = view
  const isObject = answer.kind === 'object'
  if (format.encoding === 'json' && (format.as === undefined || (isObject && format.as !== 'Table'))) {
    if (answer.kind === 'item') return itemBytes(answer.served, answer.item)
    if (answer.kind === 'list') return listBytes(answer)
    return encodeJson(answer.object)
  }
  const object = objectShown(answer, view)
  if (format.encoding === 'protobuf') return protobufOf(object)
  if (format.encoding === 'cbor' && view.cbor) return view.cbor.document(object)
  return format.encoding === 'yaml' ? encoder.encode(formatYaml(object)) : encodeJson(object)
}

/** An answer as the object that the client gets. */
export function objectShown(answer: Answer, view: View): KubeObject {
  const { as } = view.format
  if (answer.kind !== 'object') return as ? transformed(answer, view) : whole(answer)
  return (as === 'Table' && tableOfObject(answer.object, view)) || answer.object
}

/** @throws ApiError 406 for what has no protobuf form: custom resources. */
export function protobufOf(object: KubeObject): Uint8Array {
  const [version = '', group] = (object.apiVersion ?? '').split('/').reverse()
  const type = messageOfKind({ group: group ?? '', version, kind: object.kind ?? '' })
  if (!type) throw notAcceptable(`${object.kind} cannot be sent as protobuf`)
  return encodeProtobuf(type, object)
}

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(jsonText(value))

/** The JSON of one object in the version it is served in. */
export const itemBytes = (served: Served, item: Item): Uint8Array =>
  served.other || served.conversion
    ? item.inVersion(served.type.apiVersion, () => inServedVersion(served, item))
    : item.bytes()

/** The JSON of a list, joined from what the cache keeps. */
function listBytes(answer: Answer & { kind: 'list' }): Uint8Array {
  const { served, items } = answer
  const { apiVersion } = served.type
  const head = jsonText({ kind: listKind(served), apiVersion, metadata: listMeta(answer), items: [] })
  if (served.other || served.conversion) {
    const parts = items.flatMap((item, i) => [...(i > 0 ? [comma] : []), itemBytes(served, item)])
    return joinPieces([encoder.encode(head.slice(0, -2)), ...parts, end])
  }
  const start = encoder.encode(head.slice(0, -2))
  let length = start.length + Math.max(0, items.length - 1) + end.length
  for (const item of items) length += item.length(true)
  const whole = new Uint8Array(length)
  whole.set(start)
  let at = start.length
  for (const item of items) {
    if (at > start.length) whole[at++] = 0x2c
    at = item.write(whole, at, true)
  }
  whole.set(end, at)
  return whole
}

const comma = encoder.encode(',')
const end = encoder.encode(']}')

function transformed(answer: Answer & { kind: 'item' | 'list' }, view: View): KubeObject {
  if (view.format.as === 'Table') return tableOf(answer, view)
  return answer.kind === 'list'
    ? partialMetadataList(answer, view.format.version)
    : partialMetadata(presented(answer.served, answer.item), view.format.version)
}
