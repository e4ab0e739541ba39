import type { ValidatingAdmissionPolicySpec, Validation } from '../../../api/admissionregistration/v1/index.ts'
import {
  type Expression,
  evaluate,
  OutOfBudget,
  type Result,
  type Values,
} from '../../../api/machinery/cel/admission/expression.ts'
import { lazyVariables } from '../../../api/machinery/cel/admission/variables.ts'
import type { Meter } from '../../../api/machinery/cel/index.ts'
import { matches } from '../../expressions/match-conditions.ts'
import type { ValidatingPrograms } from '../../expressions/validating-policy.ts'

/** What a policy says of a request, with one parameter. */
export interface Judgement {
  /** Validations that do not hold, or fail where the policy says that this counts. */
  readonly problems: readonly {
    readonly index: number
    readonly message: string
    readonly reason?: string | undefined
  }[]
  /** Any of these denies the request; the binding's actions do not matter. */
  readonly failures: readonly string[]
  readonly annotations: readonly (readonly [key: string, value: string])[]
}

/** What the expressions of one policy may cost for one request and parameter. */
const budget = 10_000_000
const maxMessage = 5 * 1024
const maxAnnotation = 10 * 1024

const nothing: Judgement = { problems: [], failures: [], annotations: [] }

/** Evaluates the expressions of a policy. */
export async function judge(
  spec: ValidatingAdmissionPolicySpec,
  programs: ValidatingPrograms,
  given: Values,
): Promise<Judgement> {
  const counts = spec.failurePolicy !== 'Ignore'
  const whole = (message: string): Judgement => (counts ? { ...nothing, problems: [{ index: 0, message }] } : nothing)
  const match = await matches(programs.conditions, given, spec.failurePolicy)
  if (match === 'differs') return nothing
  if (match !== 'matches') return whole(match.error)
  const meter: Meter = { remaining: budget }
  const values: Values = { ...given, variables: lazyVariables(programs.variables, given, meter) }
  const problems: { index: number; message: string; reason?: string | undefined }[] = []
  try {
    for (const [index, { expression, message }] of programs.validations.entries()) {
      const result = await evaluate(expression, values, meter)
      if ('error' in result) {
        if (counts) problems.push({ index, message: result.error })
      } else if (result.value !== true) {
        const validation = spec.validations?.[index]
        const text = await messageFor(validation, message, values, meter)
        problems.push({ index, message: text, reason: validation?.reason ?? 'Invalid' })
      }
    }
    return { problems, ...(await annotate(spec, programs, given, counts)) }
  } catch (error) {
    if (error instanceof OutOfBudget) return whole(error.message)
    throw error
  }
}

/** The message of a validation that does not hold: made by its expression, or its own, or the expression itself. */
async function messageFor(
  validation: Validation | undefined,
  message: Expression | undefined,
  values: Values,
  meter: Meter,
): Promise<string> {
  const otherwise = validation?.message?.trim() || `failed expression: ${validation?.expression.trim()}`
  if (!message) return otherwise
  const result = await evaluate(message, values, meter)
  const text = 'value' in result && typeof result.value === 'string' ? result.value.trim() : ''
  return text === '' || text.includes('\n') || new TextEncoder().encode(text).length > maxMessage ? otherwise : text
}

/** Annotations have a budget of their own. */
async function annotate(
  { auditAnnotations = [] }: ValidatingAdmissionPolicySpec,
  programs: ValidatingPrograms,
  given: Values,
  counts: boolean,
): Promise<Pick<Judgement, 'failures' | 'annotations'>> {
  if (auditAnnotations.length === 0) return { failures: [], annotations: [] }
  const meter: Meter = { remaining: budget }
  const values: Values = { ...given, variables: lazyVariables(programs.variables, given, meter) }
  const failures: string[] = []
  const annotations: [string, string][] = []
  for (const [i, { key, valueExpression }] of auditAnnotations.entries()) {
    const expression = programs.annotations[i]
    const result: Result = expression ? await evaluate(expression, values, meter) : { value: null }
    if ('error' in result) {
      if (counts) failures.push(result.error)
    } else if (typeof result.value === 'string') {
      const text = result.value.trim()
      if (text) annotations.push([key, text.slice(0, maxAnnotation)])
    } else if (result.value !== null && counts)
      failures.push(
        `valueExpression '${valueExpression}' resulted in unsupported return type. Return type must be either string or null.`,
      )
  }
  return { failures, annotations }
}
