import type { MatchCondition } from '../../api/admissionregistration/v1/index.ts'
import { admissionEnvironment, type Scope } from '../../api/machinery/cel/admission/environment.ts'
import {
  type Expression,
  evaluate,
  expressionOf,
  OutOfBudget,
  type Values,
} from '../../api/machinery/cel/admission/expression.ts'
import { celTypes } from '../../api/machinery/cel/index.ts'

/** What all conditions of one webhook or policy may cost. */
const budget = 2_500_000

/** Compiles the conditions of a webhook or policy. */
export function conditionsOf(list: readonly MatchCondition[] | undefined, scope: Scope): readonly Expression[] {
  if (!list?.length) return []
  const environment = admissionEnvironment(scope)
  return list.map(({ expression }) => expressionOf(expression, environment, [celTypes.bool]))
}

export type Match = 'matches' | 'differs' | { readonly error: string }

/**
 * Whether all conditions hold. One false condition decides. Where none is false, one that fails decides as
 * the failurePolicy says.
 */
export async function matches(
  conditions: readonly Expression[],
  values: Values,
  failurePolicy: string | undefined,
): Promise<Match> {
  const meter = { remaining: budget }
  const errors: string[] = []
  try {
    for (const condition of conditions) {
      const result = await evaluate(condition, values, meter)
      if ('error' in result) errors.push(result.error)
      else if (result.value !== true) return 'differs'
    }
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error
    errors.splice(0, errors.length, error.message)
  }
  if (errors.length === 0) return 'matches'
  if (failurePolicy === 'Ignore') return 'differs'
  return { error: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` }
}
