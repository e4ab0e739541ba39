import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Message, Type } from '../../../api/machinery/schema/schema.ts'
import { notSaidHere } from './checks.ts'

/** What is wrong with the value of one field; the walk calls it for absent values too. */
export type Check<V> = (value: V | undefined, field: string) => FieldError[]

/** The rules of one message, wherever it occurs: of its fields, and of the message as a whole. */
export interface Rule {
  readonly type: Message
  readonly fields: Readonly<Record<string, Check<unknown>>>
  readonly whole?: (value: unknown, field: string) => FieldError[]
  /** Fields that the walk does not enter. */
  readonly unchecked: readonly string[]
}

/** Declares the rules of a message; the compiler checks names and types against the schema. */
export function rule<T>(
  type: Message<T>,
  fields: { [K in keyof T]?: Check<NonNullable<T[K]>> },
  whole?: (value: T, field: string) => FieldError[],
  unchecked: (keyof T & string)[] = [],
): Rule {
  return { type, fields: fields as Rule['fields'], whole: whole as Rule['whole'], unchecked }
}

/**
 * Finds everything in an object that breaks a rule: walks the object along its schema and asks the rules of each message
 * on the way. `skip` names fields of the object itself that are left out.
 */
export type Walker = (type: Message, value: unknown, field?: string, skip?: readonly string[]) => FieldError[]

/** @param rules called once, with the first object */
export function walker(rules: () => readonly Rule[]): Walker {
  let byType: Map<Message, Rule> | undefined
  const plans = new Map<Message, Plan>()

  function planOf(type: Message): Plan {
    const known = plans.get(type)
    if (known) return known
    byType ??= rulesByType(rules())
    const plan: Plan = { rule: byType.get(type), fields: [] }
    plans.set(type, plan)
    for (const [name, field] of Object.entries(type.fields)) {
      const check = checkOf(plan.rule?.fields[name], field.values)
      const below = plan.rule?.unchecked.includes(name) ? undefined : messageIn(field.type)
      const child = below && planOf(below)
      // A plan that is still being made belongs to a type that contains itself: walked, in case it has rules.
      if (check || (child && !isEmpty(child)))
        plan.fields.push({
          name,
          check,
          mayBeAbsent: !check || check(undefined, '').length === 0,
          type: field.type,
          inner: below !== undefined,
        })
    }
    return plan
  }

  function walk(type: Message, value: unknown, field: string, skip: readonly string[], errors: FieldError[]): void {
    const plan = planOf(type)
    const object = value as Record<string, unknown>
    for (const { name, check, mayBeAbsent, type: fieldType, inner } of plan.fields) {
      const given = object[name]
      const isAbsent = given === undefined || given === null
      // Most fields are absent: not even their path is made.
      if (isAbsent && mayBeAbsent) continue
      if (skip.length > 0 && skip.includes(name)) continue
      const path = field ? `${field}.${name}` : name
      if (check) add(errors, check(given, path))
      if (inner && !isAbsent) descend(fieldType, given, path, errors)
    }
    if (plan.rule?.whole) add(errors, plan.rule.whole(value, field))
  }

  function descend(type: Type, value: unknown, field: string, errors: FieldError[]): void {
    if (type.kind === 'message') walk(type, value, field, nothing, errors)
    else if (type.kind === 'list') {
      if (!messageIn(type.items)) return
      const items = value as unknown[]
      for (let i = 0; i < items.length; i++) descend(type.items, items[i], `${field}[${i}]`, errors)
    } else if (type.kind === 'map') {
      if (messageIn(type.values))
        for (const [key, item] of Object.entries(value as object))
          descend(type.values, item, `${field}[${key}]`, errors)
    }
  }

  return (type, value, field = '', skip = []) => {
    const errors: FieldError[] = []
    walk(type, value, field, skip, errors)
    return errors
  }
}

const nothing: readonly string[] = []

function rulesByType(rules: readonly Rule[]): Map<Message, Rule> {
  const byType = new Map<Message, Rule>()
  for (const rule of rules) {
    if (byType.has(rule.type)) throw new Error(`two rules for ${rule.type.definition}`)
    byType.set(rule.type, rule)
  }
  return byType
}

/** What a rule says about a field, and what the schema itself says about it (`oneOf`). */
function checkOf(own: Check<unknown> | undefined, values: readonly string[] | undefined): Check<unknown> | undefined {
  if (!values || own === notSaidHere) return own
  const listed = oneOfValues(values)
  return own ? (value, field) => [...own(value, field), ...listed(value, field)] : listed
}

const oneOfValues =
  (values: readonly string[]): Check<unknown> =>
  (value, field) =>
    (Array.isArray(value) ? value : [value])
      .filter((v) => typeof v === 'string' && v !== '' && !values.includes(v))
      .map((v) => fieldError.notSupported(field, v, values))

interface Plan {
  rule?: Rule
  fields: PlannedField[]
}

interface PlannedField {
  name: string
  type: Type
  check?: Check<unknown>
  /** The check has nothing against it, or there is none. */
  mayBeAbsent: boolean
  /** There are messages in it. */
  inner: boolean
}

function add(errors: FieldError[], more: FieldError[]): void {
  if (more.length > 0) errors.push(...more)
}

const isEmpty = (plan: Plan) => !plan.rule && plan.fields.length === 0

function messageIn(type: Type): Message | undefined {
  if (type.kind === 'message') return type
  if (type.kind === 'list') return messageIn(type.items)
  return type.kind === 'map' ? messageIn(type.values) : undefined
}
