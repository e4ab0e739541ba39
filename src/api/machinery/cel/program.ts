import type { Expr } from './ast.ts'
import { program as build } from './build.ts'
import { check } from './check.ts'
import type { Environment } from './environment.ts'
import { CostExceeded } from './errors.ts'
import { Frame } from './frame.ts'
import { parse } from './parser.ts'
import { displayIssues, type Issue, SyntaxIssue } from './source.ts'
import { type CelType, dyn } from './types.ts'

/** The cost that one evaluation may have, everywhere in Kubernetes. */
export const perCallLimit = 1_000_000

/** What evaluations that share a budget have spent of it. */
export interface Meter {
  /** What is left. A program that needs more ends with CostExceeded, and leaves nothing. */
  remaining: number
}

/** An expression that can run. */
export interface Program {
  /** The type of its values. */
  readonly type: CelType
  /** The checked tree: for the estimate of costs. */
  readonly expr: Expr
  /** Whether it speaks of a variable of the environment. */
  uses(variable: string): boolean
  /**
   * The value, for these values of the environment's variables, in the environment's order. Plain data of the API needs no
   * conversion; `undefined` is a variable without a value.
   * @throws EvaluationError for what has no value, with cel-go's message
   * @throws CostExceeded beyond the limit of one call
   */
  evaluate(variables: readonly unknown[], meter?: Meter): unknown
}

/** What is wrong with an expression. */
export interface CompileFailure {
  readonly issues: readonly Issue[]
  /** The issues as cel-go shows them: `ERROR: <input>:1:5: undefined field 'x'`, the line, a caret. */
  readonly message: string
}

export type Compiled = { readonly program: Program } | { readonly failure: CompileFailure }

/** Parses, checks and builds an expression. Costs some 50 us: compile once, evaluate often. */
export function compile(text: string, environment: Environment): Compiled {
  const fail = (issues: readonly Issue[]): Compiled => ({ failure: { issues, message: displayIssues(text, issues) } })
  let expr: Expr
  try {
    expr = parse(text, environment.bindings)
  } catch (error) {
    if (error instanceof SyntaxIssue) return fail([error])
    throw error
  }
  const checked = check(expr, environment)
  if (checked.issues.length > 0) return fail(checked.issues)
  const step = build(expr, checked)
  const used = new Set<string>()
  for (const reference of checked.references.values()) if (reference.kind === 'variable') used.add(reference.name)
  return {
    program: {
      type: expr.type ?? dyn,
      expr,
      uses: (variable) => used.has(variable),
      evaluate(variables, meter) {
        const frame = new Frame(variables, perCallLimit)
        try {
          const value = step(frame)
          if (frame.cost > perCallLimit) throw new CostExceeded()
          return value
        } finally {
          if (meter) meter.remaining -= frame.cost
        }
      },
    },
  }
}
