import type { PatchType } from '../../api/call.ts'
import { badRequest, tooLarge, unsupportedMediaType } from '../../api/errors.ts'
import { parseJson } from '../../api/machinery/json/json-text.ts'
import { parseYaml } from '../../api/machinery/yaml/parse-yaml.ts'
import { ProtobufBody } from '../registry/body.ts'
import type { BodySource } from '../registry/core.ts'
import type { CborCodec } from './cbor-codec.ts'
import type { HttpRequest } from './exchange.ts'

/** As upstream: a little more than what etcd takes. */
const maxBodyBytes = 3 * 1024 * 1024

export const protobufType = 'application/vnd.kubernetes.protobuf'
export const cborType = 'application/cbor'
const cborApplyType = 'application/apply-patch+cbor'

export interface ReadBody {
  value: unknown
  source?: BodySource
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The parsed body of a write; undefined when it is empty. @throws ApiError 400, 413 or 415 */
export async function readBody(request: HttpRequest, cbor?: CborCodec): Promise<ReadBody | undefined> {
  const declared = Number(request.header('content-length') ?? 0)
  if (declared > maxBodyBytes) throw tooLarge(`Request entity too large: limit is ${maxBodyBytes}`)
  const bytes = await request.body(maxBodyBytes)
  if (bytes.length === 0) return undefined
  const type = mediaType(request) || 'application/json'
  if (cbor && type === cborType) return { value: cbor.parse(bytes) }
  if (type === protobufType) return { value: new ProtobufBody(bytes) }
  const parse = Object.hasOwn(parsers, type) ? parsers[type] : undefined
  if (!parse)
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${[...Object.keys(parsers), protobufType, ...(cbor ? [cborType] : [])].join(', ')}`,
    )
  return parse(text(bytes))
}

const patchTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** The patch and its kind, which follows from its content type. */
export async function readPatch(request: HttpRequest, cbor?: CborCodec): Promise<ReadBody & { patchType: PatchType }> {
  const type = mediaType(request)
  if (cbor && type === cborApplyType) return { value: cbor.parse(await request.body(maxBodyBytes)), patchType: 'apply' }
  const patchType = Object.hasOwn(patchTypes, type) ? patchTypes[type] : undefined
  if (!patchType)
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${[...Object.keys(patchTypes), ...(cbor ? [cborApplyType] : [])].join(', ')}`,
    )
  const body = text(await request.body(maxBodyBytes))
  if (patchType === 'apply') {
    const [first] = parseYaml(body)
    return { value: first?.value, patchType, source: { duplicates: first?.duplicates ?? [] } }
  }
  return { value: jsonOf(body), patchType, source: { text: body } }
}

const mediaType = (request: HttpRequest): string =>
  (request.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

const parsers: Record<string, (body: string) => ReadBody> = {
  'application/json': (body) => ({ value: jsonOf(body), source: { text: body } }),
  'application/yaml': (body) => {
    const [first] = parseYaml(body)
    return { value: first?.value, source: { duplicates: first?.duplicates ?? [] } }
  },
}

function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw badRequest('the body of the request is not valid UTF-8')
  }
}

function jsonOf(body: string): unknown {
  try {
    return parseJson(body)
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type JSON): ${(error as Error).message}`)
  }
}
