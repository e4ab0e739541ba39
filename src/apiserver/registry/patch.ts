import { Scale } from '../../api/autoscaling/v1/index.ts'
import type { PatchType } from '../../api/call.ts'
import { badRequest, fieldError, invalid, unsupportedMediaType } from '../../api/errors.ts'
import { decode } from '../../api/machinery/decode/decode.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from '../../api/machinery/patch/index.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Answer } from './answer.ts'
import { decodePatched } from './body.ts'
import type { Request } from './core.ts'
import { scaleAnswer, scaleOf, withScale } from './scale.ts'
import { change, updating } from './update.ts'

type Apply = (type: Message, original: unknown, patch: unknown) => unknown

const patches: Partial<Record<PatchType, Apply>> = {
  json: (_, original, patch) => jsonPatch(original, patch),
  merge: (_, original, patch) => mergePatch(original, patch),
  strategic: strategicMergePatch,
}

/** PATCH of an object or subresource; done again on the newer object when somebody else was faster. */
export async function patch(request: Request): Promise<Answer> {
  const { served, call } = request
  const { custom } = served.definition
  // Which lists a strategic patch merges, only the types of built-in kinds say.
  const apply = custom && call.patchType === 'strategic' ? undefined : patches[call.patchType ?? 'merge']
  if (!apply)
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: ' +
        `application/json-patch+json, application/merge-patch+json${custom ? '' : ', application/strategic-merge-patch+json'}`,
    )
  const { body } = call
  const isList = Array.isArray(body)
  if (typeof body !== 'object' || body === null || isList !== (call.patchType === 'json'))
    throw badRequest(`a ${call.patchType} patch must be a JSON ${call.patchType === 'json' ? 'array' : 'object'}`)
  const fail = (why: string) =>
    invalid(served.definition.type, call.name ?? '', [fieldError.invalid('patch', jsonText(body), why)])

  const scaling = call.subresource === 'scale' ? served.definition.scale : undefined
  if (scaling) {
    const scaled = updating(request, (old) => {
      const patched = apply(Scale, scaleOf(old, scaling), body)
      return withScale(request, scaling, decode(Scale, patched).object, old)
    })
    return scaleAnswer(await change(request, scaled), scaling)
  }
  const patched = updating(request, (old) => {
    const original = served.other ? served.other.encode(old) : old
    return withIdentity(decodePatched(request, apply(served.type.type, original, body), fail), old)
  })
  return change(request, patched)
}

/** A patch may leave out, but not change, what names the object. */
function withIdentity(patched: KubeObject, old: Stored<KubeObject>): KubeObject {
  const { name, namespace } = patched.metadata ?? {}
  if (name !== undefined && name !== old.metadata.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${old.metadata.name})`)
  if (namespace !== undefined && namespace !== old.metadata.namespace)
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the URL (${old.metadata.namespace})`,
    )
  return patched
}
