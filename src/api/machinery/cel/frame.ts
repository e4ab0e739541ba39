import { CostExceeded } from './errors.ts'

/** What one evaluation holds: values of variables, and the cost so far. */
export class Frame {
  readonly variables: readonly unknown[]
  /** Of macros, by depth. */
  readonly locals: unknown[] = []
  readonly limit: number
  cost = 0

  constructor(variables: readonly unknown[], limit: number) {
    this.variables = variables
    this.limit = limit
  }

  /** Adds a cost that depends on values. The small ones of reading are checked at the end, or in the next turn of a loop. */
  spend(cost: number): void {
    this.cost += cost
    if (this.cost > this.limit) throw new CostExceeded()
  }
}

/** A part of an expression, ready to run. */
export type Step = (frame: Frame) => unknown
