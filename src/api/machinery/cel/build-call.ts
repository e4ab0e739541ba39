import { type Call, constantOf, type Expr } from './ast.ts'
import type { Overload } from './declarations.ts'
import { isMap } from './equality.ts'
import { EvaluationError, noSuchOverload } from './errors.ts'
import type { Frame, Step } from './frame.ts'
import { equalsOf } from './schema/list-types.ts'
import type { Scope } from './scope.ts'
import { type CelType, dyn, runtimeName } from './types.ts'
import { isDouble, isInt, Optional, TypeValue, typeNameOf } from './values.ts'

/** The step of a call: of one function, or of the one that fits the values. */
export function buildCall(expr: Call, scope: Scope): Step {
  const resolution = scope.checked.calls.get(expr)
  const args = resolution?.args ?? []
  const overloads = resolution?.overloads ?? []
  const own = Object.hasOwn(lazy, expr.name) ? lazy[expr.name] : undefined
  if (own && args.length === overloads[0]?.params.length) return own(args.map((arg) => scope.build(arg, scope)))
  const membership = expr.name === '@in' ? inConstants(args, scope) : undefined
  if (membership) return membership
  const steps = args.map((arg) => scope.build(arg, scope))
  const special = bySemantics(expr.name, args, overloads)
  if (special) return direct(special, steps)
  const [only] = overloads
  if (only && overloads.length === 1 && only.params.every((type, i) => isCertain(type, args[i]?.type ?? dyn)))
    return direct(only, steps)
  return dispatched(expr.name, overloads, steps)
}

/** Equality and sum of lists that are sets or maps by their schema, and of what holds such lists. */
function bySemantics(name: string, args: readonly Expr[], [only, ...more]: readonly Overload[]): Overload | undefined {
  if (!only || more.length > 0) return undefined
  const types = args.map(({ type }) => type ?? dyn)
  if (name === '_+_') {
    const join = types[0]?.join
    return join && { ...only, run: join as Overload['run'] }
  }
  if (name !== '_==_' && name !== '_!=_') return undefined
  const same = types.map((type) => equalsOf(type)).find((equals) => equals !== undefined)
  if (!same) return undefined
  const run = name === '_==_' ? same : (a: unknown, b: unknown) => !same(a, b)
  return { ...only, run: run as Overload['run'] }
}

/** Whether the static type of an argument leaves no doubt that its values fit. */
const isCertain = (wanted: CelType, given: CelType): boolean =>
  wanted.kind === 'param' || wanted.kind === 'dyn' || wanted.kind === given.kind

type Run = (...args: unknown[]) => unknown

function direct({ run: typed, cost }: Overload, steps: readonly Step[]): Step {
  const run = typed as Run
  if (cost)
    return (frame) => {
      const args = steps.map((step) => step(frame))
      const result = run(...args)
      frame.spend(cost(args, result))
      return result
    }
  const [first, second] = steps
  if (first && second && steps.length === 2)
    return (frame) => {
      const a = first(frame)
      const b = second(frame)
      frame.cost++
      return run(a, b)
    }
  if (first && steps.length === 1)
    return (frame) => {
      const a = first(frame)
      frame.cost++
      return run(a)
    }
  return (frame) => {
    const args = steps.map((step) => step(frame))
    frame.cost++
    return run(...args)
  }
}

function dispatched(name: string, overloads: readonly Overload[], steps: readonly Step[]): Step {
  return (frame) => {
    const args = steps.map((step) => step(frame))
    for (const { params, run, cost } of overloads) {
      if (!params.every((type, i) => accepts(type, args[i]))) continue
      const result = (run as Run)(...args)
      frame.spend(cost ? cost(args, result) : 1)
      return result
    }
    throw /^[a-zA-Z]/.test(name) ? noSuchOverload(name, args) : noSuchOverload()
  }
}

/** Whether a value has a type, as far as overloads of one function differ. */
function accepts(type: CelType, value: unknown): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'param':
      return true
    case 'int':
      return isInt(value)
    case 'double':
      return isDouble(value)
    case 'list':
      return Array.isArray(value)
    case 'map':
    case 'object':
      return isMap(value)
    case 'optional':
      return value instanceof Optional
    case 'type':
      return value instanceof TypeValue
    default:
      return typeNameOf(value) === runtimeName(type)
  }
}

/** Operators that need not look at all of their arguments. */
const lazy: Readonly<Record<string, (steps: readonly Step[]) => Step>> = {
  '_&&_': ([left, right]) => both(left ?? absent, right ?? absent, false),
  '_||_': ([left, right]) => both(left ?? absent, right ?? absent, true),
  '_?_:_':
    ([condition = absent, yes = absent, no = absent]) =>
    (frame) => {
      const chosen = condition(frame)
      if (typeof chosen !== 'boolean') throw noSuchOverload()
      return chosen ? yes(frame) : no(frame)
    },
  or:
    ([first = absent, second = absent]) =>
    (frame) => {
      const value = optional(first(frame))
      return value.present ? value : optional(second(frame))
    },
  orValue:
    ([first = absent, second = absent]) =>
    (frame) => {
      const value = optional(first(frame))
      return value.present ? value.value : second(frame)
    },
}

const absent: Step = () => {
  throw noSuchOverload()
}

function optional(value: unknown): Optional {
  if (!(value instanceof Optional)) throw noSuchOverload()
  return value
}

/** && and ||: `deciding` on either side decides, even beside an error. */
function both(left: Step, right: Step, deciding: boolean): Step {
  return (frame) => {
    let first: unknown
    try {
      first = left(frame)
    } catch (error) {
      return unlessDecided(right, frame, deciding, error)
    }
    if (first === deciding) return deciding
    if (typeof first !== 'boolean') return unlessDecided(right, frame, deciding, noSuchOverload())
    const second = right(frame)
    if (typeof second !== 'boolean') throw noSuchOverload()
    return second
  }
}

function unlessDecided(right: Step, frame: Frame, deciding: boolean, error: unknown): boolean {
  if (error instanceof EvaluationError && right(frame) === deciding) return deciding
  throw error
}

/** `x in ['a', 'b']`, which looks at no element. It costs nothing, as upstream's. */
function inConstants([element, list]: readonly Expr[], scope: Scope): Step | undefined {
  const constant = list && list.kind === 'list' ? constantOf(list) : undefined
  if (!constant || !element || element.type?.kind !== 'string' || !Array.isArray(constant.value)) return undefined
  const values = new Set<unknown>(constant.value)
  const step = scope.build(element, scope)
  return (frame) => values.has(step(frame))
}
