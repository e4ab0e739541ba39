import {
  type Call,
  type Expr,
  type Fold,
  type ListExpr,
  type MapExpr,
  qualifiedName,
  type Select,
  type StructExpr,
} from './ast.ts'
import type { Overload } from './declarations.ts'
import type { Environment, Struct } from './environment.ts'
import { wrongLiteral } from './literals.ts'
import type { Issue } from './source.ts'
import { namedTypes } from './type-names.ts'
import { bool, type CelType, dyn, int, listOf, mapOf, optionalOf, paramOf, sameType, typeText } from './types.ts'
import { isMoreGeneral, Unifier } from './unify.ts'
import { typeOfValue } from './value-types.ts'

/** What a call came out to be. */
export interface Resolution {
  /** Those whose types fit: several where the types are known at run time only. */
  readonly overloads: readonly Overload[]
  /** All arguments, the target first. */
  readonly args: readonly Expr[]
}

/** What a name came out to be. */
export type Reference =
  | { readonly kind: 'local'; readonly name: string }
  | { readonly kind: 'variable'; readonly index: number; readonly name: string }
  | { readonly kind: 'type'; readonly value: unknown }

export interface Checked {
  readonly issues: readonly Issue[]
  readonly calls: ReadonlyMap<Expr, Resolution>
  readonly references: ReadonlyMap<Expr, Reference>
  readonly structs: ReadonlyMap<Expr, Struct>
}

/** Finds the type of an expression and of all in it, by what the environment declares. Sets `type` of each node. */
export function check(expr: Expr, environment: Environment): Checked {
  const checker = new Checker(environment)
  checker.check(expr)
  checker.close()
  return checker
}

class Checker implements Checked {
  readonly issues: Issue[] = []
  readonly calls = new Map<Expr, Resolution>()
  readonly references = new Map<Expr, Reference>()
  readonly structs = new Map<Expr, Struct>()
  readonly #environment: Environment
  readonly #unifier = new Unifier()
  readonly #types = new Map<Expr, CelType>()
  /** The variables of macros, innermost last. */
  readonly #locals: { name: string; type: CelType }[] = []

  constructor(environment: Environment) {
    this.#environment = environment
  }

  check(expr: Expr): CelType {
    const type = this.#typeOf(expr)
    this.#types.set(expr, type)
    return type
  }

  /** Writes the types into the tree, now that all is known. */
  close(): void {
    for (const [expr, type] of this.#types) expr.type = this.#unifier.resolve(type, true)
    this.issues.sort((a, b) => a.at - b.at)
  }

  #typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case 'literal':
        return typeOfValue(expr.value)
      case 'ident':
        return this.#ident(expr, expr.name)
      case 'select':
        return this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list':
        return this.#list(expr)
      case 'map':
        return this.#map(expr)
      case 'struct':
        return this.#struct(expr)
      case 'fold':
        return this.#fold(expr)
      case 'bind': {
        const type = this.check(expr.value)
        return this.#within([{ name: expr.name, type }], () => this.check(expr.body))
      }
    }
  }

  #report(at: number, message: string): CelType {
    this.issues.push({ at, message })
    return dyn
  }

  #within<T>(locals: { name: string; type: CelType }[], work: () => T): T {
    this.#locals.push(...locals)
    const result = work()
    this.#locals.length -= locals.length
    return result
  }

  #ident(expr: Expr, name: string): CelType {
    const found = this.#lookUp(expr, name)
    return found ?? this.#report(expr.at, `undeclared reference to '${name}' (in container '')`)
  }

  #lookUp(expr: Expr, name: string): CelType | undefined {
    const local = this.#locals.findLast((variable) => variable.name === name)
    if (local) {
      this.references.set(expr, { kind: 'local', name })
      return local.type
    }
    const { variables } = this.#environment
    const index = variables.findIndex((variable) => variable.name === name)
    const variable = variables[index]
    if (variable) {
      this.references.set(expr, { kind: 'variable', index, name })
      return variable.type
    }
    const named = namedTypes.get(name)
    if (!named) return undefined
    this.references.set(expr, { kind: 'type', value: named.value })
    return named.type
  }

  #select(expr: Select): CelType {
    const { operand, field, test, optional, at } = expr
    const name = qualifiedName(expr)
    const root = name?.split('.')[0]
    if (name !== undefined && !this.#locals.some((local) => local.name === root)) {
      const found = this.#lookUp(expr, name)
      if (found) return found
    }
    const given = this.#unifier.resolve(this.check(operand))
    const isOptional = given.kind === 'optional'
    const holder = isOptional ? this.#unifier.resolve(paramOf(given, 0)) : given
    const type = this.#field(holder, field, at)
    if (test) return bool
    return isOptional || optional ? optionalOf(type) : type
  }

  #field(holder: CelType, field: string, at: number): CelType {
    switch (holder.kind) {
      case 'dyn':
        return dyn
      case 'param':
        this.#unifier.assignable([holder], [dyn])
        return dyn
      case 'map':
        return paramOf(holder, 1)
      case 'object':
        return holder.fields?.(field)?.type ?? this.#report(at, `undefined field '${field}'`)
      default:
        return this.#report(at, `type '${typeText(holder)}' does not support field selection`)
    }
  }

  #call(expr: Call): CelType {
    const { name, target, args, at } = expr
    const { functions } = this.#environment
    if (target) {
      const prefix = qualifiedName(target)
      const full = `${prefix}.${name}`
      const isLocal = prefix !== undefined && this.#locals.some((local) => local.name === prefix.split('.')[0])
      if (prefix !== undefined && !isLocal && functions.has(full)) {
        const types = args.map((arg) => this.check(arg))
        return this.#resolve(expr, full, args, types, false)
      }
    }
    const all = target ? [target, ...args] : args
    const types = all.map((arg) => this.check(arg))
    if (!functions.has(name)) return this.#report(at, `undeclared reference to '${name}' (in container '')`)
    return this.#resolve(expr, name, all, types, target !== undefined)
  }

  #resolve(expr: Call, name: string, args: readonly Expr[], types: readonly CelType[], member: boolean): CelType {
    const overloads: Overload[] = []
    let result: CelType | undefined
    for (const overload of this.#environment.functions.get(name) ?? []) {
      if (overload.member !== member || overload.params.length !== args.length) continue
      const [answer = dyn, ...params] = this.#unifier.fresh([overload.result, ...overload.params])
      if (!this.#unifier.assignable(params, types)) continue
      overloads.push(overload)
      const type = this.#unifier.resolve(answer)
      result = result && !sameType(result, type) ? dyn : type
    }
    this.calls.set(expr, { overloads, args })
    const wrong = wrongLiteral(name, args)
    if (wrong) this.#report(wrong.at, `invalid ${name} argument`)
    return result ?? this.#noOverload(expr.at, name, types, member)
  }

  #noOverload(at: number, name: string, types: readonly CelType[], member: boolean): CelType {
    const texts = types.map((type) => typeText(this.#unifier.resolve(type, true)))
    const [target, ...rest] = texts
    const signature = member ? `${target}.(${rest.join(', ')})` : `(${texts.join(', ')})`
    return this.#report(at, `found no matching overload for '${name}' applied to '${signature}'`)
  }

  #list({ items, optional }: ListExpr): CelType {
    let element: CelType | undefined
    for (const [i, item] of items.entries()) {
      const type = this.check(item)
      element = this.#join(element, optional.has(i) ? this.#unwrapped(type, item.at) : type, item.at)
    }
    return listOf(element ?? this.#unifier.parameter())
  }

  #map({ entries }: MapExpr): CelType {
    let key: CelType | undefined
    let value: CelType | undefined
    for (const entry of entries) {
      key = this.#join(key, this.check(entry.key), entry.key.at)
      const type = this.check(entry.value)
      value = this.#join(value, entry.optional ? this.#unwrapped(type, entry.value.at) : type, entry.value.at)
    }
    return mapOf(key ?? this.#unifier.parameter(), value ?? this.#unifier.parameter())
  }

  #unwrapped(given: CelType, at: number): CelType {
    const type = this.#unifier.resolve(given)
    if (type.kind === 'optional') return paramOf(type, 0)
    return type.kind === 'dyn' ? dyn : this.#mismatch(at, optionalOf(type), type)
  }

  #mismatch(at: number, expected: CelType, given: CelType): CelType {
    const text = (type: CelType) => typeText(this.#unifier.resolve(type, true))
    return this.#report(at, `expected type '${text(expected)}' but found '${text(given)}'`)
  }

  /** All elements of a literal have one type. */
  #join(before: CelType | undefined, type: CelType, at: number): CelType {
    if (!before) return type
    if (!this.#unifier.assignable([before], [type])) return this.#mismatch(at, before, type)
    const [a, b] = [this.#unifier.resolve(before), this.#unifier.resolve(type)]
    return isMoreGeneral(b, a) ? b : a
  }

  #struct(expr: StructExpr): CelType {
    const { name, fields, at } = expr
    const struct = this.#environment.struct(name)
    if (!struct) {
      for (const { value } of fields) this.check(value)
      return this.#report(at, `undeclared reference to '${name}' (in container '')`)
    }
    this.structs.set(expr, struct)
    for (const { key, value, optional, at: colon } of fields) {
      const field = struct.type.fields?.(key)
      const given = this.check(value)
      const type = optional ? this.#unwrapped(given, value.at) : given
      if (!field) this.#report(colon, `undefined field '${key}'`)
      else if (!this.#unifier.assignable([field.type], [type]))
        this.#report(
          colon,
          `expected type of field '${key}' is '${typeText(field.type)}' but provided type is '${typeText(this.#unifier.resolve(type, true))}'`,
        )
    }
    return struct.type
  }

  #fold(expr: Fold): CelType {
    const { range, variables, macro, condition, transform, at } = expr
    const given = this.#unifier.resolve(this.check(range))
    const [key, value] = this.#elements(given, range.at)
    const [first, second] = variables
    const locals =
      second === undefined
        ? [{ name: first, type: given.kind === 'map' ? key : value }]
        : [
            { name: first, type: key },
            { name: second, type: value },
          ]
    return this.#within(locals, () => {
      const tested = condition && this.check(condition)
      const made = transform ? this.check(transform) : dyn
      const result = this.#foldResult(expr, key, locals[0]?.type ?? dyn, made)
      if (tested && !this.#unifier.assignable([bool], [tested])) {
        const operator = macro === 'all' ? '_&&_' : macro === 'exists' ? '_||_' : '_?_:_'
        const rest = operator === '_?_:_' ? [result, result] : []
        return this.#noOverload(at, operator, rest.length ? [tested, ...rest] : [bool, tested], false)
      }
      return result
    })
  }

  #elements(range: CelType, at: number): [key: CelType, value: CelType] {
    switch (range.kind) {
      case 'list':
        return [int, paramOf(range, 0)]
      case 'map':
        return [paramOf(range, 0), paramOf(range, 1)]
      case 'dyn':
        return [dyn, dyn]
      case 'param':
        this.#unifier.assignable([range], [dyn])
        return [dyn, dyn]
      default: {
        const text = typeText(this.#unifier.resolve(range, true))
        this.#report(
          at,
          `expression of type '${text}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        )
        return [dyn, dyn]
      }
    }
  }

  #foldResult({ macro, transform }: Fold, key: CelType, element: CelType, made: CelType): CelType {
    switch (macro) {
      case 'all':
      case 'exists':
      case 'existsOne':
        return bool
      case 'filter':
        return listOf(element)
      case 'map':
      case 'transformList':
        return listOf(made)
      case 'transformMap':
        return mapOf(key, made)
      case 'transformMapEntry': {
        const type = this.#unifier.resolve(made)
        if (type.kind === 'map' || type.kind === 'dyn') return type.kind === 'map' ? type : mapOf(dyn, dyn)
        const at = transform?.at ?? 0
        return this.#noOverload(at, 'cel.@mapInsert', [mapOf(dyn, dyn), type], false)
      }
    }
  }
}
