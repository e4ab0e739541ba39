import { ApiError, internalError, messageOf } from '../../../api/errors.ts'
import { fieldTypeOf, merge, problemsOf, wholesOf } from '../../../api/machinery/apply/index.ts'
import { evaluate, OutOfBudget, type Values } from '../../../api/machinery/cel/admission/expression.ts'
import { lazyVariables } from '../../../api/machinery/cel/admission/variables.ts'
import { EvaluationError, type Meter } from '../../../api/machinery/cel/index.ts'
import { asJson } from '../../../api/machinery/json/as-json.ts'
import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'
import { jsonPatch } from '../../../api/machinery/patch/index.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'
import type { MutatingPrograms } from '../../expressions/mutating-policy.ts'
import { jsonOf, operationJson, PatchOperation } from '../../expressions/patch-types.ts'
import { valuesOf } from './values.ts'
import type { PolicyWorld } from './world.ts'

/** What the expression of one mutation may cost. */
const budget = 10_000_000

/**
 * Carries out the mutations of a policy in order, each on what the one before has left. Answers the object if it has changed,
 * and what went wrong.
 */
export async function mutate(
  programs: MutatingPrograms,
  attributes: AdmissionAttributes,
  shown: Shown,
  given: Values,
  { decide }: PolicyWorld,
): Promise<{ object?: KubeObject; errors: string[] }> {
  const errors: string[] = []
  let asked = attributes
  for (const { kind, expression } of programs.mutations) {
    const { object } = asked
    if (!object) break
    const meter: Meter = { remaining: budget }
    const fresh = asked === attributes ? given : { ...given, ...(await valuesOf(asked, decide)(shown)) }
    const values: Values = { ...fresh, variables: lazyVariables(programs.variables, fresh, meter) }
    try {
      const result = await evaluate(expression, values, meter)
      if ('error' in result) {
        errors.push(result.error)
        continue
      }
      const present = values.object as KubeObject
      const patched = kind === 'JSONPatch' ? patchedBy(result.value, present) : merged(result.value, present, shown)
      if (patched === undefined || jsonEqual(patched, present)) continue
      const decoded = await shown.decode(patched, object)
      const whole = { kind: object.kind, apiVersion: object.apiVersion, ...decoded }
      if (!jsonEqual(asJson(await shown.encode(whole)), present)) asked = { ...asked, object: whole }
    } catch (error) {
      errors.push(problemOf(error))
    }
  }
  return { errors, ...(asked !== attributes && asked.object && { object: asked.object }) }
}

/** The message of a failure that is the policy's fault. @throws other errors */
function problemOf(error: unknown): string {
  if (error instanceof OutOfBudget || error instanceof EvaluationError || error instanceof PatchProblem)
    return messageOf(error)
  if (error instanceof ApiError && error.code < 500) return messageOf(error)
  throw error instanceof ApiError ? error : internalError(error)
}

/** A patch does not fit the object. */
class PatchProblem extends Error {}

/** Undefined where a `test` of the patch fails: then it changes nothing. */
function patchedBy(value: unknown, object: KubeObject): unknown {
  const operations = Array.isArray(value) ? value : []
  const patch = operations.map((operation) => {
    if (operation instanceof PatchOperation) return operationJson(operation)
    throw new PatchProblem('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch')
  })
  try {
    return jsonPatch(object, patch)
  } catch (error) {
    const message = messageOf(error)
    if (message.endsWith('test failed')) return undefined
    throw new PatchProblem(`JSONPath: ${message}`)
  }
}

function merged(value: unknown, object: KubeObject, { message }: Shown): unknown {
  if (!message) throw new PatchProblem('an ApplyConfiguration needs an object with a schema')
  const { kind, apiVersion } = object
  const config = { ...(jsonOf(value, 'Object') as object), kind, apiVersion }
  const type = fieldTypeOf(message)
  const problem = problemsOf(type, config)
  if (problem !== undefined)
    throw new PatchProblem(`error applying patch: failed to convert patch object to typed object: ${problem}`)
  const atomic = wholesOf(type, config)
  if (atomic.length > 0)
    throw new PatchProblem(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic.join(', ')}`,
    )
  return merge(type, object, config)
}
