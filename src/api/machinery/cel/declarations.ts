import type { CelType } from './types.ts'

/** One way to call a function: the types it takes, and what it does with values of them. */
export interface Overload {
  /** The name upstream gives it: `size_string`. Costs are listed by it. */
  readonly id: string
  /** Called on its first parameter: `x.f(y)`. */
  readonly member: boolean
  readonly params: readonly CelType[]
  readonly result: CelType
  /** @throws EvaluationError */
  readonly run: (...args: never[]) => unknown
  /** What a call costs; 1 where it is not given. */
  readonly cost?: CallCost
}

export type CallCost = (args: readonly unknown[], result: unknown) => number

/** Functions and operators, by name. */
export type Functions = ReadonlyMap<string, readonly Overload[]>

/** Functions that belong together. */
export type Library = Readonly<Record<string, readonly Overload[]>>

/** Declares `f(a, b)`. The implementation is called with values of the parameters' types. */
export function overload<Args extends readonly unknown[]>(
  id: string,
  params: readonly CelType[],
  result: CelType,
  run: (...args: Args) => unknown,
  cost?: CallCost,
): Overload {
  return { id, member: false, params, result, run: run as Overload['run'], ...(cost && { cost }) }
}

/** Declares `a.f(b)`. */
export function method<Args extends readonly unknown[]>(
  id: string,
  params: readonly CelType[],
  result: CelType,
  run: (...args: Args) => unknown,
  cost?: CallCost,
): Overload {
  return { ...overload(id, params, result, run, cost), member: true }
}

export function functionsOf(libraries: readonly Library[]): Functions {
  const functions = new Map<string, readonly Overload[]>()
  for (const library of libraries)
    for (const [name, overloads] of Object.entries(library))
      functions.set(name, [...(functions.get(name) ?? []), ...overloads])
  return functions
}
