import type { CelType } from './types.ts'

/** A node of a parsed expression. `at` is the offset in the text that an error about it points to. */
export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Fold | Bind

interface Node {
  readonly at: number
  /** What the checker found it to be. */
  type?: CelType
}

export interface Literal extends Node {
  readonly kind: 'literal'
  readonly value: unknown
}

export interface Ident extends Node {
  readonly kind: 'ident'
  readonly name: string
}

/** `operand.field`, `has(operand.field)`, `operand.?field` */
export interface Select extends Node {
  readonly kind: 'select'
  readonly operand: Expr
  readonly field: string
  readonly test: boolean
  readonly optional: boolean
}

/** Operators are calls, too, under their names in CEL: `_+_`. */
export interface Call extends Node {
  readonly kind: 'call'
  readonly name: string
  readonly target?: Expr
  readonly args: readonly Expr[]
}

export interface ListExpr extends Node {
  readonly kind: 'list'
  readonly items: readonly Expr[]
  /** Indices of items with a `?` in front. */
  readonly optional: ReadonlySet<number>
}

export interface Entry<Key> {
  readonly at: number
  readonly key: Key
  readonly value: Expr
  readonly optional: boolean
}

export interface MapExpr extends Node {
  readonly kind: 'map'
  readonly entries: readonly Entry<Expr>[]
}

export interface StructExpr extends Node {
  readonly kind: 'struct'
  readonly name: string
  readonly fields: readonly Entry<string>[]
}

export type FoldMacro =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'

/** A macro that goes through a list or a map. */
export interface Fold extends Node {
  readonly kind: 'fold'
  readonly macro: FoldMacro
  readonly range: Expr
  /** One variable: an item, or a key of a map. Two: index and item, or key and value. */
  readonly variables: readonly [string] | readonly [string, string]
  /** The predicate of all, exists, existsOne, filter; the condition that map and transform* may have. */
  readonly condition?: Expr
  /** What map and transform* make of an element. */
  readonly transform?: Expr
}

/** A name for a value, inside `body`. optMap and optFlatMap are made of it. */
export interface Bind extends Node {
  readonly kind: 'bind'
  readonly name: string
  readonly value: Expr
  readonly body: Expr
}

/** The dotted name that an expression spells: `a.b.c`; undefined for any other expression. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name
  if (expr.kind !== 'select' || expr.test || expr.optional) return undefined
  const before = qualifiedName(expr.operand)
  return before === undefined ? undefined : `${before}.${expr.field}`
}

/** The value of a literal whose parts are all literals; undefined for any other expression. */
export function constantOf(expr: Expr): { value: unknown } | undefined {
  if (expr.kind === 'literal') return { value: expr.value }
  if (expr.kind !== 'list' || expr.optional.size > 0) return undefined
  const values = expr.items.map(constantOf)
  return values.every((item) => item !== undefined) ? { value: values.map(({ value }) => value) } : undefined
}
