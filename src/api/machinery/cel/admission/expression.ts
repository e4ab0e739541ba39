import { evaluateWaiting } from '../access.ts'
import {
  type CelType,
  CostExceeded,
  celTypes,
  compile,
  type Environment,
  EvaluationError,
  type Meter,
  type Program,
} from '../index.ts'

/** An expression of a policy or webhook, compiled once. */
export interface Expression {
  readonly text: string
  /** The variables that it takes, in order. */
  readonly takes: readonly string[]
  readonly program?: Program
  /** Why there is no program. */
  readonly error?: string
}

/** Compiles an expression whose value must be of one of these types. */
export function expressionOf(text: string, environment: Environment, types: readonly CelType[]): Expression {
  const takes = environment.variables.map(({ name }) => name)
  const result = compile(text, environment)
  if ('failure' in result) return { text, takes, error: `compilation failed: ${result.failure.message}` }
  const { type } = result.program
  if (types.length === 0 || types.some((wanted) => celTypes.sameType(wanted, type)))
    return { text, takes, program: result.program }
  const [only, ...more] = types.map(celTypes.typeText)
  const wanted = more.length === 0 ? only : `one of [${[only, ...more].join(' ')}]`
  return { text, takes, error: `must evaluate to ${wanted} but got ${celTypes.typeText(type)}` }
}

/** The values of variables by name. Absent ones have no value. */
export type Values = Readonly<Record<string, unknown>>

export type Result = { readonly value: unknown } | { readonly error: string }

/** The evaluations that share a budget have used it up. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget'
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run')
  }
}

/** Evaluates an expression, in upstream's words where that fails. @throws OutOfBudget */
export async function evaluate(expression: Expression, values: Values, meter: Meter): Promise<Result> {
  const { text, program, error, takes } = expression
  if (!program) return { error: `compilation error: ${error}` }
  if (meter.remaining < 0) throw new OutOfBudget()
  try {
    const value = await evaluateWaiting(
      program,
      takes.map((name) => values[name]),
      meter,
    )
    if (meter.remaining < 0) throw new OutOfBudget()
    return { value }
  } catch (thrown) {
    if (!(thrown instanceof EvaluationError || thrown instanceof CostExceeded)) throw thrown
    if (meter.remaining < 0) throw new OutOfBudget()
    return { error: `expression '${text}' resulted in error: ${thrown.message}` }
  }
}
