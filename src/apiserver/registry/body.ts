import { ApiError, badRequest, unsupportedMediaType } from '../../api/errors.ts'
import { cannotBeHandled, decode } from '../../api/machinery/decode/decode.ts'
import { decodeProtobuf, openEnvelope } from '../../api/machinery/protobuf/index.ts'
import { applyDefaults } from '../../api/machinery/schema/defaults.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import type { KubeObject } from '../../api/object.ts'
import type { HookContext } from '../definition.ts'
import type { BodySource, Request } from './core.ts'

/** A protobuf body: reading it needs its type. */
export class ProtobufBody {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/**
 * A body in the version of the URL as an object of the stored version: decoded, defaulted, and checked for unknown and
 * duplicate fields as `fieldValidation` says. The caller's value is not touched.
 */
export function decodeBody(request: Request, body: unknown): KubeObject {
  const { served, source } = request
  const { type } = served
  checkKind(type, body)
  const object = decodeStrictly(type.type, body, request, source, (why) => cannotBeHandled(type.type, why))
  return convert(request, object)
}

/** Decodes the result of a patch; errors in its fields blame the patch. `source` says what parsing lost. */
export function decodePatched(
  request: Request,
  patched: unknown,
  source: BodySource | undefined,
  fail: (why: string) => ApiError,
): KubeObject {
  checkKind(request.served.type, patched)
  return convert(request, decodeStrictly(request.served.type.type, patched, request, source, fail))
}

/** Decodes the body of an action, or what a patch makes of a Scale: they have types of their own. */
export function decodeAs(
  request: Request,
  type: Message,
  body: unknown,
  source = request.source,
  fail = (why: string) => cannotBeHandled(type, why),
): KubeObject {
  const { group = '', version = 'v1', kind = type.name } = type.gvk ?? {}
  const apiVersion = group ? `${group}/${version}` : version
  checkKind({ kind, apiVersion }, body)
  const decoded = decodeStrictly(type, body, request, source, fail)
  // The body may leave these out; the answer has them.
  return { kind, apiVersion, ...decoded }
}

function convert({ served }: Request, decoded: KubeObject): KubeObject {
  const object = applyDefaults(served.type.type as Message<KubeObject>, decoded)
  return served.other ? served.other.decode(object) : object
}

const noProtobuf =
  'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml'

function checkKind(type: { kind: string; apiVersion: string }, given: unknown): void {
  const { kind, apiVersion } = typeMetaOf(given, type.kind)
  if (apiVersion && apiVersion !== type.apiVersion)
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${type.apiVersion})`,
    )
  if (kind && kind !== type.kind)
    throw badRequest(`${kind} in version "${type.apiVersion.split('/').at(-1)}" cannot be handled as a ${type.kind}`)
}

/** What a body says it is. @throws ApiError 400 */
export function typeMetaOf(given: unknown, expected: string): Pick<KubeObject, 'kind' | 'apiVersion'> {
  const body = given instanceof ProtobufBody ? openEnvelope(given.bytes) : given
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest(`the body of the request must be a ${expected}`)
  for (const field of ['apiVersion', 'kind'] as const) {
    const given = (body as Record<string, unknown>)[field] ?? ''
    if (typeof given !== 'string')
      throw badRequest(
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(given) ? 'array' : typeof given} into Go struct field .${field} of type string`,
      )
  }
  return body as KubeObject
}

function decodeStrictly(
  type: Message,
  body: unknown,
  { call, context }: { call: Request['call']; context: Pick<HookContext, 'warn'> },
  source: Request['source'],
  fail: (why: string) => ApiError,
): KubeObject {
  if (body instanceof ProtobufBody) {
    if (type.structure) throw unsupportedMediaType(noProtobuf)
    return decodeProtobuf(type as Message<KubeObject>, body.bytes)
  }
  const { object, unknown, duplicates } = decodeJson(type as Message<KubeObject>, body, source, fail)
  const issues = [...unknown, ...duplicates].map(({ message }) => message)
  issues.push(...(source?.duplicates ?? []))
  const validation = call.options.fieldValidation ?? 'Warn'
  if (issues.length === 0 || validation === 'Ignore') return object
  if (validation === 'Strict') throw fail(`strict decoding error: ${issues.join(', ')}`)
  for (const issue of issues) context.warn(issue)
  return object
}

/** A value of a wrong type makes the whole body wrong: the error, which `fail` makes, says so. */
export function decodeJson<T>(
  type: Message<T>,
  body: unknown,
  source: Request['source'],
  fail: (why: string) => ApiError,
) {
  try {
    return decode(type, body, source)
  } catch (error) {
    throw error instanceof ApiError ? fail(error.message) : error
  }
}
