import type { Expr } from './ast.ts'
import type { Checked } from './check.ts'
import type { Step } from './frame.ts'

/** What building a step needs to know of its surroundings. */
export interface Scope {
  readonly checked: Checked
  /** Names of the variables of macros around it, outermost first. */
  readonly locals: readonly string[]
  /** Builds a part. */
  readonly build: (expr: Expr, scope: Scope) => Step
}
