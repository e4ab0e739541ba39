import type { Call, Expr, Fold, FoldMacro } from './ast.ts'
import { costs, sizeOf } from './cost.ts'
import { estimates } from './estimate-calls.ts'
import { anySize, exactly, product, type Range, sum, union } from './estimate-size.ts'
import { type CelType, dyn } from './types.ts'

/** What a checked expression costs at least and at most, by the bounds that the types of its variables have. */
export function estimateCost(expr: Expr): Range {
  return new Estimator().cost(expr)
}

const scalars = new Set(['bool', 'int', 'uint', 'double', 'timestamp', 'duration'])
const access = exactly(costs.access)

/** Upstream's expansions of the macros: what each turn and the whole cost besides their parts. */
const overheads: Readonly<Record<FoldMacro, { once: number; each: number }>> = {
  all: { once: 1, each: 3 },
  exists: { once: 1, each: 4 },
  existsOne: { once: 2, each: 0 },
  map: { once: costs.list + 1, each: 0 },
  filter: { once: costs.list + 1, each: 0 },
  transformList: { once: costs.list + 1, each: 0 },
  transformMap: { once: costs.map + 1, each: 0 },
  transformMapEntry: { once: costs.map + 1, each: 0 },
}

class Estimator {
  /** Sizes that calls and macros have been found to have. */
  readonly #sizes = new Map<Expr, Range>()
  readonly #elements = new Map<Expr, Range>()
  readonly #locals: { name: string; size: Range | undefined; element: Range | undefined }[] = []

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal':
        return exactly(0)
      case 'ident':
        return access
      case 'select':
        return this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list': {
        const cost = sum(exactly(costs.list), ...expr.items.map((item) => this.cost(item)))
        this.#elements.set(expr, this.#unionOf(expr.items))
        return cost
      }
      case 'map': {
        const parts = expr.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)])
        this.#elements.set(expr, this.#unionOf(expr.entries.map(({ value }) => value)))
        return sum(exactly(costs.map), ...parts)
      }
      case 'struct':
        return sum(exactly(costs.struct), ...expr.fields.map(({ value }) => this.cost(value)))
      case 'fold':
        return this.#fold(expr)
      case 'bind': {
        const made = this.cost(expr.value)
        const local = { name: expr.name, size: this.#known(expr.value), element: this.#elementOf(expr.value) }
        const body = this.#within([local], () => this.cost(expr.body))
        this.#copySize(expr, expr.body)
        return sum(exactly(costs.list), made, body)
      }
    }
  }

  #select({ operand, test }: Extract<Expr, { kind: 'select' }>): Range {
    const before = this.cost(operand)
    const kind = operand.type?.kind
    return test || (kind !== 'map' && kind !== 'object') ? before : sum(before, access)
  }

  #unionOf(exprs: readonly Expr[]): Range {
    return exprs.length === 0 ? exactly(0) : exprs.map((expr) => this.#size(expr)).reduce(union)
  }

  #within<T>(locals: { name: string; size: Range | undefined; element: Range | undefined }[], work: () => T): T {
    this.#locals.push(...locals)
    const result = work()
    this.#locals.length -= locals.length
    return result
  }

  #size(expr: Expr): Range {
    return this.#known(expr) ?? anySize
  }

  #known(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr)
    if (known) return known
    if (expr.kind === 'literal') return exactly(sizeOf(expr.value))
    if (expr.kind === 'list') return exactly(expr.items.length)
    if (expr.kind === 'map') return exactly(expr.entries.length)
    if (expr.type?.kind === 'type' && expr.kind === 'ident') return exactly(0)
    const local = expr.kind === 'ident' ? this.#locals.findLast(({ name }) => name === expr.name) : undefined
    return sizeOfType(expr.type) ?? local?.size
  }

  /** How large the elements of a list, or the values of a map may be. */
  #elementOf(expr: Expr): Range | undefined {
    const known = this.#elements.get(expr)
    if (known) return known
    const local = expr.kind === 'ident' ? this.#locals.findLast(({ name }) => name === expr.name) : undefined
    return local?.element ?? sizeOfType(expr.type?.params?.at(-1))
  }

  #copySize(to: Expr, from: Expr): void {
    const size = this.#known(from)
    const element = this.#elementOf(from)
    if (size) this.#sizes.set(to, size)
    if (element) this.#elements.set(to, element)
  }

  #call(expr: Call): Range {
    const { name, target, args } = expr
    // A name in front of a function, such as `ip` in `ip.isCanonical`, is no target: it has no type.
    const all = target?.type ? [target, ...args] : args
    const full = target && !target.type && target.kind === 'ident' ? `${target.name}.${name}` : name
    const parts = all.map((part) => this.cost(part))
    const [first = exactly(0), second = exactly(0), third = exactly(0)] = parts
    const estimate = Object.hasOwn(estimates, full) ? estimates[full] : undefined
    const [container] = all
    const { cost, size } = estimate?.({
      sizes: all.map((part) => this.#size(part)),
      types: all.map((part) => part.type ?? dyn),
      element: (container && this.#elementOf(container)) ?? anySize,
    }) ?? { cost: access }
    if (size) this.#sizes.set(expr, size)
    this.#trackElements(expr, all)
    if (name === '_&&_' || name === '_||_') return { min: first.min, max: sum(first, second).max }
    if (name === '_?_:_') return sum(first, union(second, third))
    return sum(cost, ...parts)
  }

  #trackElements(expr: Call, [first, second, third]: readonly Expr[]): void {
    const set = (element: Range | undefined) => element && this.#elements.set(expr, element)
    const ofBoth = (a: Expr, b: Expr) => {
      const [x, y] = [this.#elementOf(a), this.#elementOf(b)]
      return x && y ? union(x, y) : undefined
    }
    if (!first) return
    if (expr.name === '_[_]') {
      const size = this.#elementOf(first)
      if (size && !sizeOfType(expr.type)) this.#sizes.set(expr, size)
    } else if (expr.name === 'dyn') this.#copySize(expr, first)
    else if (expr.name === '_+_' && second) set(ofBoth(first, second))
    else if (expr.name === '_?_:_' && second && third) set(ofBoth(second, third))
    else if (expr.name === 'split' || expr.name === 'findAll') set(this.#known(first))
  }

  #fold(expr: Fold): Range {
    const { range, macro, variables, condition, transform } = expr
    const before = this.cost(range)
    const size = this.#size(range)
    const element = this.#elementOf(range)
    const isMap = range.type?.kind === 'map'
    const value = { size: element, element: undefined }
    const key = { size: isMap ? sizeOfType(range.type?.params?.[0]) : exactly(1), element: undefined }
    const [first, second] = variables
    const locals =
      second === undefined
        ? [{ name: first, ...(isMap ? key : value) }]
        : [
            { name: first, ...key },
            { name: second, ...value },
          ]
    const each = this.#within(locals, () => {
      const tested = condition ? this.cost(condition) : exactly(0)
      const made = transform ? this.cost(transform) : exactly(0)
      if (transform && macro !== 'transformMapEntry') this.#elements.set(expr, this.#size(transform))
      return sum(exactly(overheads[macro].each), step(macro, tested, made, condition !== undefined))
    })
    if (macro === 'filter' && element) this.#elements.set(expr, element)
    if (!['all', 'exists', 'existsOne'].includes(macro)) this.#sizes.set(expr, size)
    return sum(before, exactly(overheads[macro].once), product(size, each))
  }
}

/** What is added to the list or the map that a macro makes, in each turn. */
function step(macro: FoldMacro, tested: Range, made: Range, isConditional: boolean): Range {
  if (macro === 'all' || macro === 'exists') return { min: 0, max: tested.max }
  if (macro === 'existsOne') return sum(tested, { min: 1, max: 2 })
  const fixed =
    macro === 'filter'
      ? 3 + costs.list
      : macro === 'transformMap'
        ? 3
        : macro === 'transformMapEntry'
          ? 2
          : 2 + costs.list
  const adding = sum(exactly(fixed), made)
  return isConditional ? sum(tested, union(adding, access)) : adding
}

function sizeOfType(type: CelType | undefined): Range | undefined {
  if (type?.maxSize !== undefined) return { min: 0, max: type.maxSize }
  return type && scalars.has(type.kind) ? exactly(1) : undefined
}
