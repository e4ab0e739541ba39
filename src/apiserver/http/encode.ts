import { notAcceptable } from '../../api/errors.ts'
import type { KubeObject } from '../../api/object.ts'
import { encodeProtobuf } from '../../api/protobuf/index.ts'
import { messageOfKind } from '../../api/resources.ts'
import { formatYaml } from '../../api/yaml.ts'
import type { Item } from '../cache/item.ts'
import { joinPieces } from '../cache/item.ts'
import { type Answer, inServedVersion, type Served } from '../registry/core.ts'
import type { Format } from './negotiate.ts'
import { partialMetadata, partialMetadataList } from './partial-metadata.ts'
import { tableOf } from './table.ts'

const encoder = new TextEncoder()

/** How a request wants its answer. */
export interface View {
  format: Format
  /** Of a Table: whether each row carries its object. */
  includeObject: string
  now: number
}

/** The bytes of an answer. Those of objects and lists come straight from the cache. */
export function encodeAnswer(answer: Answer, view: View): Uint8Array {
  const { format } = view
  const isObject = answer.kind === 'object'
  if (format.encoding === 'json' && (format.as === undefined || isObject)) {
    if (answer.kind === 'item') return itemBytes(answer.served, answer.item)
    if (answer.kind === 'list') return listBytes(answer)
    return encodeJson(answer.object)
  }
  const object = format.as && !isObject ? transformed(answer, view) : whole(answer)
  if (format.encoding === 'protobuf') return protobufOf(object)
  return format.encoding === 'yaml' ? encoder.encode(formatYaml(object)) : encodeJson(object)
}

/** @throws ApiError 406 for what has no protobuf form: custom resources. */
export function protobufOf(object: KubeObject): Uint8Array {
  const [version = '', group] = (object.apiVersion ?? '').split('/').reverse()
  const type = messageOfKind({ group: group ?? '', version, kind: object.kind ?? '' })
  if (!type) throw notAcceptable(`${object.kind} cannot be sent as protobuf`)
  return encodeProtobuf(type, object)
}

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))

/** The JSON of one object in the version it is served in. */
export const itemBytes = ({ other, type }: Served, item: Item): Uint8Array =>
  other ? item.inVersion(type.apiVersion, other.encode) : item.bytes()

/** The JSON of a list, joined from what the cache keeps. */
function listBytes(answer: Answer & { kind: 'list' }): Uint8Array {
  const { served, items } = answer
  const { kind, apiVersion } = served.type
  const head = JSON.stringify({ kind: `${kind}List`, apiVersion, metadata: listMeta(answer), items: [] })
  const pieces: Uint8Array[] = [encoder.encode(head.slice(0, -2))]
  for (const item of items) {
    if (pieces.length > 1) pieces.push(comma)
    if (served.other) pieces.push(item.inVersion(apiVersion, served.other.encode))
    else item.addPieces(pieces, true)
  }
  pieces.push(end)
  return joinPieces(pieces)
}

const comma = encoder.encode(',')
const end = encoder.encode(']}')

export const listMeta = ({ revision, continue: token, remaining }: Answer & { kind: 'list' }) => ({
  resourceVersion: revision,
  ...(token && { continue: token }),
  ...(remaining !== undefined && { remainingItemCount: remaining }),
})

function transformed(answer: Answer & { kind: 'item' | 'list' }, view: View): KubeObject {
  if (view.format.as === 'Table') return tableOf(answer, view)
  return answer.kind === 'list'
    ? partialMetadataList(answer, view.format.version)
    : partialMetadata(answer.item.object, view.format.version)
}

/** An answer as an object. */
export function whole(answer: Answer): KubeObject {
  if (answer.kind === 'object') return answer.object
  if (answer.kind === 'item') return inServedVersion(answer.served, answer.item)
  const { kind, apiVersion } = answer.served.type
  const items = answer.items.map((item) => inServedVersion(answer.served, item))
  return { kind: `${kind}List`, apiVersion, metadata: listMeta(answer), items } as KubeObject
}
