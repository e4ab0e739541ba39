import { jsonText, parseJson } from '../../../api/machinery/json/json-text.ts'
import type { Status } from '../../../api/meta/v1/index.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'
import { nameOf } from '../match/name.ts'

/** What a webhook has decided: its response, checked. */
export interface Verdict {
  allowed: boolean
  /** Why it refuses. */
  status?: Partial<Status>
  /** A JSON patch, parsed. */
  patch?: unknown
  warnings: readonly string[]
  auditAnnotations: Readonly<Record<string, string>>
}

/** The JSON of an AdmissionReview (admission.k8s.io). `object` and `old` are JSON. */
export function reviewText(
  version: string,
  uid: string,
  attributes: AdmissionAttributes,
  shown: Shown,
  { object, old }: { object: string; old: string },
): string {
  const { operation, subresource, namespace, context } = attributes
  const [asked = shown] = attributes.shown()
  const resourceOf = ({ group, version, resource }: Shown) => ({ group, version, resource })
  const name = nameOf(attributes)
  const { name: username, uid: userUid, groups, extra } = context.user
  const request = {
    uid,
    kind: shown.kind,
    resource: resourceOf(shown),
    ...(subresource && { subResource: subresource }),
    requestKind: asked.kind,
    requestResource: resourceOf(asked),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(namespace && { namespace }),
    operation,
    userInfo: { username, ...(userUid && { uid: userUid }), groups, ...(extra && { extra }) },
  }
  const rest = { dryRun: context.dryRun, options: operation === 'CONNECT' ? null : attributes.options() }
  // The object's JSON is made once for all webhooks that see it in this version.
  const head = jsonText(request).slice(0, -1)
  return `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/${version}","request":${head},"object":${object},"oldObject":${old},${jsonText(rest).slice(1)}}`
}

interface Response {
  uid?: unknown
  allowed?: unknown
  status?: Partial<Status>
  patch?: unknown
  patchType?: unknown
  warnings?: unknown
  auditAnnotations?: unknown
}

/** Checks an answered review. @throws Error that says what is wrong with it */
export function verdictOf(review: unknown, version: string, uid: string, mutating: boolean): Verdict {
  const { kind = '', apiVersion = '', response } = objectIn(review, 'the answer')
  if (response === undefined || response === null) throw new Error('webhook response was absent')
  const answer: Response = objectIn(response, 'response')
  if (version === 'v1') checkV1(`${apiVersion}, Kind=${kind}`, answer, uid, mutating)
  const patch = answer.patch === undefined || answer.patch === null || answer.patch === '' ? undefined : answer.patch
  if (typeof answer.allowed !== 'boolean' && answer.allowed !== undefined && answer.allowed !== null)
    throw new Error('response.allowed must be a boolean')
  return {
    allowed: answer.allowed === true,
    ...(answer.status && { status: objectIn(answer.status, 'response.status') }),
    ...(mutating && patch !== undefined && { patch: patchIn(patch) }),
    warnings: listIn(answer.warnings),
    auditAnnotations: Object.fromEntries(
      Object.entries(objectIn(answer.auditAnnotations ?? {}, 'response.auditAnnotations')).map(([key, value]) => [
        key,
        String(value),
      ]),
    ),
  }
}

function checkV1(
  gvk: string,
  { uid: answered = '', patch, patchType }: Response,
  uid: string,
  mutating: boolean,
): void {
  if (answered !== uid) throw new Error(`expected response.uid=${jsonText(uid)}, got ${jsonText(answered)}`)
  if (gvk !== 'admission.k8s.io/v1, Kind=AdmissionReview')
    throw new Error(
      `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${gvk === ', Kind=' ? '/, Kind=' : gvk}`,
    )
  if (!mutating) {
    if (patch) throw new Error('validating webhook may not return response.patch')
    if (patchType !== undefined) throw new Error('validating webhook may not return response.patchType')
    return
  }
  if (patch && patchType === undefined) throw new Error('webhook returned response.patch but not response.patchType')
  if (!patch && patchType !== undefined) throw new Error('webhook returned response.patchType but not response.patch')
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""')
  if (patch && patchType !== 'JSONPatch') throw new Error(`unsupported patch type ${jsonText(patchType)}`)
}

function objectIn(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Error(`${what} is no object`)
}

const listIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

function patchIn(base64: unknown): unknown {
  if (typeof base64 !== 'string') throw new Error('response.patch must be base64')
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  return parseJson(new TextDecoder().decode(bytes))
}
