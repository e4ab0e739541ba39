import { type Bind, constantOf, type Expr, type ListExpr, type MapExpr, type Select, type StructExpr } from './ast.ts'
import { buildCall } from './build-call.ts'
import { buildFold } from './build-fold.ts'
import type { Checked } from './check.ts'
import { costs } from './cost.ts'
import { hasKey, isMap, valueAt } from './equality.ts'
import { failure, noSuchKey, noSuchOverload } from './errors.ts'
import type { Frame, Step } from './frame.ts'
import { insert } from './insert.ts'
import type { Scope } from './scope.ts'
import { dyn, type Field } from './types.ts'
import { CelMap, Optional } from './values.ts'

/** Makes closures of a checked tree: one for each node, with all choices made that the types allow. */
export const program = (expr: Expr, checked: Checked): Step => build(expr, { checked, locals: [], build })

function build(expr: Expr, scope: Scope): Step {
  switch (expr.kind) {
    case 'literal': {
      const { value } = expr
      return () => value
    }
    case 'ident':
      return buildName(expr, scope) ?? missing(expr.name)
    case 'select':
      return buildName(expr, scope) ?? buildSelect(expr, scope)
    case 'call':
      return buildCall(expr, scope)
    case 'list':
      return buildList(expr, scope)
    case 'map':
      return buildMap(expr, scope)
    case 'struct':
      return buildStruct(expr, scope)
    case 'fold':
      return buildFold(expr, scope)
    case 'bind':
      return buildBind(expr, scope)
  }
}

function missing(name: string): Step {
  return () => {
    throw failure(`no such attribute(s): ${name}`)
  }
}

function buildName(expr: Expr, { checked, locals }: Scope): Step | undefined {
  const reference = checked.references.get(expr)
  switch (reference?.kind) {
    case undefined:
      return undefined
    case 'type': {
      const { value } = reference
      return (frame) => {
        frame.cost += costs.access
        return value
      }
    }
    case 'local': {
      const depth = locals.lastIndexOf(reference.name)
      return (frame) => {
        frame.cost += costs.access
        return frame.locals[depth]
      }
    }
    case 'variable': {
      const { index, name } = reference
      return (frame) => {
        frame.cost += costs.access
        const value = frame.variables[index]
        if (value === undefined) throw failure(`no such attribute(s): ${name}`)
        return value
      }
    }
  }
}

/** Names that every object has in JavaScript, and that a plain read would find. */
const inherited = (name: string): boolean => name in Object.prototype

function buildSelect(expr: Select, scope: Scope): Step {
  const { operand, field: name, test, optional } = expr
  const holder = build(operand, scope)
  const type = operand.type ?? dyn
  const field = type.kind === 'object' ? type.fields?.(name) : undefined
  if (test) return presence(holder, field?.member ?? name)
  if (optional || type.kind === 'optional' || type.kind === 'dyn') {
    const inner = type.kind === 'optional' ? type.params?.[0] : type
    return flexible(holder, name, inner?.kind === 'object' ? inner.fields?.(name) : undefined, optional)
  }
  if (field && !inherited(field.member)) return fieldOf(holder, name, field)
  return (frame) => {
    const value = holder(frame)
    frame.cost += costs.access
    return memberOf(value, name, field)
  }
}

/** The usual case: the field of an object, read as JavaScript reads its own. */
function fieldOf(holder: Step, name: string, { member, type: { fromJson } }: Field): Step {
  if (fromJson)
    return (frame) => {
      const object = holder(frame)
      frame.cost += costs.access
      return memberOf(object, name, { member, type: { kind: 'dyn', fromJson } })
    }
  return (frame) => {
    const object = holder(frame) as Record<string, unknown> | null
    frame.cost += costs.access
    const value = object?.[member]
    if (value === undefined) throw noSuchKey(name)
    return value
  }
}

function memberOf(holder: unknown, name: string, field: Field | undefined): unknown {
  if (!isMap(holder)) throw holder === null ? noSuchKey(name) : noSuchOverload()
  const value = valueAt(holder, field?.member ?? name)
  if (value === undefined) throw noSuchKey(name)
  return field?.type.fromJson ? field.type.fromJson(value) : value
}

const has = (holder: unknown, member: string): boolean => {
  if (holder instanceof Optional) return holder.present && has(holder.value, member)
  return isMap(holder) && hasKey(holder, member)
}

const presence =
  (holder: Step, member: string): Step =>
  (frame) =>
    has(holder(frame), member)

/** A field of a value that may be an optional, or of one that may lack it. */
function flexible(holder: Step, name: string, field: Field | undefined, optional: boolean): Step {
  const member = field?.member ?? name
  return (frame) => {
    const value = holder(frame)
    frame.cost += costs.access
    const wasOptional = value instanceof Optional
    if (!optional && !wasOptional) return memberOf(value, name, field)
    const inner = wasOptional ? value.value : value
    if ((wasOptional && !value.present) || !has(inner, member)) return Optional.none
    return Optional.of(memberOf(inner, name, field))
  }
}

function buildList(expr: ListExpr, scope: Scope): Step {
  const constant = expr.items.length > 0 ? constantOf(expr) : undefined
  if (constant) return () => constant.value
  const { optional } = expr
  const items = expr.items.map((item) => build(item, scope))
  return (frame) => {
    frame.cost += costs.list
    const list: unknown[] = []
    for (const [i, item] of items.entries()) {
      const value = item(frame)
      if (!optional.has(i)) list.push(value)
      else if (!(value instanceof Optional)) throw noSuchOverload()
      else if (value.present) list.push(value.value)
    }
    return list
  }
}

/** The value of an entry; undefined where an optional one has none. */
function entryValue(value: unknown, optional: boolean): unknown {
  if (!optional) return value
  if (!(value instanceof Optional)) throw noSuchOverload()
  return value.present ? value.value : undefined
}

function buildMap({ entries }: MapExpr, scope: Scope): Step {
  const steps = entries.map(({ key, value, optional }) => ({
    key: build(key, scope),
    value: build(value, scope),
    optional,
  }))
  return (frame) => {
    frame.cost += costs.map
    const map = new CelMap()
    for (const { key, value, optional } of steps) {
      const at = key(frame)
      const held = entryValue(value(frame), optional)
      if (held !== undefined) insert(map, at, held)
    }
    return map
  }
}

function buildStruct(expr: StructExpr, scope: Scope): Step {
  const struct = scope.checked.structs.get(expr)
  if (!struct) return missing(expr.name)
  const fields = expr.fields.map(({ key, value, optional }) => ({ key, value: build(value, scope), optional }))
  return (frame) => {
    frame.cost += costs.struct
    const values = new Map<string, unknown>()
    for (const { key, value, optional } of fields) {
      const held = entryValue(value(frame), optional)
      if (held !== undefined) values.set(key, held)
    }
    return struct.make(values)
  }
}

function buildBind({ name, value, body }: Bind, scope: Scope): Step {
  const depth = scope.locals.length
  const made = build(value, scope)
  const inner = build(body, { ...scope, locals: [...scope.locals, name] })
  return (frame: Frame) => {
    frame.cost += costs.list
    frame.locals[depth] = made(frame)
    return inner(frame)
  }
}
