import { notAcceptable } from '../../api/errors.ts'
import { cborType, protobufType } from './read-body.ts'

/** What a client wants to be answered. */
export interface Format {
  encoding: 'json' | 'yaml' | 'protobuf' | 'cbor'
  /** A transformed answer: rows for people, or metadata only. */
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  /** Of the transformed kinds: v1 or v1beta1. */
  version: string
  /** The media type of the answer. */
  contentType: string
}

const plain: Format = { encoding: 'json', version: 'v1', contentType: 'application/json' }
/** What was chosen before, by whether transformed answers and CBOR were to be had. */
const known = [0, 1, 2, 3].map(() => new Map<string, Format>())

/**
 * The first media type of an Accept header that the server can answer with; without `transforms` only those of plain
 * objects: the server does not store reviews, so they have no rows. @throws ApiError 406
 */
export function negotiate(accept: string | undefined, transforms = true, hasCbor = false): Format {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return plain
  const formats = known[(transforms ? 1 : 0) + (hasCbor ? 2 : 0)]
  let format = formats?.get(accept)
  if (!format) {
    format = choose(accept, transforms, hasCbor)
    if (formats && formats.size < 1000) formats.set(accept, format)
  }
  return format
}

const encodings: Record<string, Format['encoding']> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  '*/*': 'json',
  'application/*': 'json',
}
const transformations = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'])

function choose(accept: string, transforms: boolean, hasCbor: boolean): Format {
  for (const { type, parameters } of mediaTypes(accept)) {
    const encoding = hasCbor && type === cborType ? 'cbor' : encodings[type]
    if (!encoding) continue
    const { as, g: group, v: version = 'v1' } = parameters
    const contentType = `application/${encoding}`
    if (as === undefined) return { encoding, version: 'v1', contentType }
    if (!transforms || group !== 'meta.k8s.io' || !transformations.has(as) || !/^v1(beta1)?$/.test(version)) continue
    return { encoding, as: as as 'Table', version, contentType }
  }
  // JSON is what the cache holds: protobuf is for clients that take nothing else.
  const onlyProtobuf = mediaTypes(accept).some(({ type, parameters }) => type === protobufType && !parameters.as)
  if (onlyProtobuf) return { encoding: 'protobuf', version: 'v1', contentType: protobufType }
  throw notAcceptable(
    `only the following media types are accepted: application/json, application/yaml, ${protobufType}${hasCbor ? `, ${cborType}` : ''}`,
  )
}

/** The media types of an Accept header, best first. */
export function mediaTypes(accept: string): { type: string; parameters: Record<string, string> }[] {
  return accept
    .split(',')
    .map((part) => {
      const [type = '', ...rest] = part.split(';').map((piece) => piece.trim())
      const parameters = Object.fromEntries(
        rest.map((piece) => {
          const [name = '', value = ''] = piece.split('=')
          return [name.trim(), value.trim()]
        }),
      )
      return { type: type.toLowerCase(), parameters }
    })
    .sort((a, b) => quality(b.parameters) - quality(a.parameters))
}

const quality = ({ q }: Record<string, string>): number => (q === undefined ? 1 : Number(q) || 0)
