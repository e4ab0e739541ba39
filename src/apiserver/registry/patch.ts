import { Scale } from '../../api/autoscaling/v1/index.ts'
import type { PatchType } from '../../api/call.ts'
import { badRequest, fieldError, invalid, unsupportedMediaType } from '../../api/errors.ts'
import { lostByParsing } from '../../api/machinery/json/json.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { jsonPatch, mergePatch, strategicMergePatch, unknownMembers } from '../../api/machinery/patch/index.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import type { ManagedFieldsEntry } from '../../api/meta/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Answer } from './answer.ts'
import { applyPatch } from './apply.ts'
import { patchOptionsOf } from './apply-options.ts'
import { applyScale } from './apply-scale.ts'
import { decodeAs, decodePatched } from './body.ts'
import type { BodySource, Request } from './core.ts'
import { withIdentity } from './identity.ts'
import { withManagedFields } from './managed-fields.ts'
import { scaleAnswer, withScale } from './scale.ts'
import { scaleOf } from './scale-object.ts'
import { change, updating } from './update.ts'

type Apply = (type: Message, original: unknown, patch: unknown) => unknown

const patches: Partial<Record<PatchType, Apply>> = {
  json: (_, original, patch) => jsonPatch(original, patch),
  merge: (_, original, patch) => mergePatch(original, patch),
  strategic: strategicMergePatch,
}

/** PATCH of an object or subresource; starts again from the newer object if another writer was faster. */
export async function patch(request: Request): Promise<Answer> {
  const { served, call } = request
  if (call.patchType === 'apply') return call.subresource === 'scale' ? applyScale(request) : applyPatch(request)
  patchOptionsOf(call)
  const { custom } = served.definition
  // Only the types of built-in kinds say which lists a strategic patch merges.
  const apply = custom && call.patchType === 'strategic' ? undefined : patches[call.patchType ?? 'merge']
  if (!apply)
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: ' +
        `application/json-patch+json, application/merge-patch+json${custom ? '' : ', application/strategic-merge-patch+json'}`,
    )
  const { body } = call
  if (call.patchType !== 'json' && (typeof body !== 'object' || body === null || Array.isArray(body)))
    throw badRequest(`a ${call.patchType} patch must be a JSON object`)
  const source = sourceOf(request)
  const scaling = call.subresource === 'scale' ? served.definition.scale : undefined
  const patchedKind = scaling ? { group: 'autoscaling', kind: 'Scale' } : served.definition.type
  const fail = (why: string) =>
    invalid(patchedKind, call.name ?? '', [fieldError.invalid('patch', jsonText(body), why)])

  if (scaling) {
    const scaled = updating(request, (old) => {
      const patched = apply(Scale, scaleOf(old, scaling), body)
      return withScale(request, scaling, decodeAs(request, Scale, patched, source, fail), old)
    })
    return scaleAnswer(await change(request, scaled), scaling)
  }
  const patched = updating(request, (old) => {
    const original = served.other ? served.other.encode(old) : old
    const { value, owners } = apart(apply(served.type.type, original, body), old)
    const object = withIdentity(decodePatched(request, value, source, fail), old)
    return owners ? withManagedFields(object, owners) : object
  })
  return change(request, patched)
}

/** A patched object and its owners, where the patch has left them alone: they need not be read again. */
function apart(patched: unknown, old: Stored<KubeObject>): { value: unknown; owners?: ManagedFieldsEntry[] } {
  const object = patched as KubeObject | undefined
  const { managedFields, ...metadata } = object?.metadata ?? {}
  if (!managedFields || managedFields !== old.metadata.managedFields) return { value: patched }
  return { value: { ...object, metadata }, owners: managedFields }
}

/**
 * What the text of a patch says and its value does not. A strategic merge patch takes 3.0 for an integer, as upstream's
 * does; this does not follow numbers that a JSON patch moves.
 */
function sourceOf({ call, source }: Request): BodySource {
  const { duplicates, floats } = source?.text === undefined ? {} : lostByParsing(source.text, call.body)
  const issues = (duplicates ?? []).map((path) => `duplicate field "${path}"`)
  if (call.patchType !== 'json') return { duplicates: issues, ...(call.patchType === 'merge' && { floats }) }
  const unknown = unknownMembers(call.body).map((path) => `unknown field "${path}"`)
  return { duplicates: [...unknown, ...issues].map((issue) => `json patch ${issue}`) }
}
