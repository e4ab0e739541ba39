import { forbidden } from '../../../api/errors.ts'
import type { Expression } from '../../../api/machinery/cel/admission/expression.ts'
import type { Decide } from '../../../api/machinery/cel/library/authorizer.ts'
import { loadRegexEngine } from '../../../api/machinery/regex/regex.ts'
import type { AdmissionAttributes } from '../../definition.ts'
import { conditionsOf, matches } from '../../expressions/match-conditions.ts'
import { valuesOf } from '../policies/values.ts'
import type { Candidate, Hook } from './hooks.ts'

const compiled = new WeakMap<Hook, readonly Expression[]>()

/** Whether a request meets the match conditions of a webhook. @throws ApiError 403 where that cannot be told, and must be */
export async function meetsConditions(
  { hook, shown }: Candidate,
  attributes: AdmissionAttributes,
  decide: Decide,
): Promise<boolean> {
  await loadRegexEngine()
  const conditions = compiled.get(hook) ?? conditionsOf(hook.webhook.matchConditions, { authorizer: true })
  compiled.set(hook, conditions)
  const values = await valuesOf(attributes, decide)(shown)
  const match = await matches(conditions, values, hook.webhook.failurePolicy)
  if (match !== 'matches' && match !== 'differs')
    throw forbidden(attributes.definition.type, attributes.name, match.error)
  return match === 'matches'
}
