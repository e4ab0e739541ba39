import { type FieldError, fieldError } from '../../../api/errors.ts'
import { CostExceeded, EvaluationError, type Meter, Optional } from '../../../api/machinery/cel/index.ts'
import { isPlainObject } from '../../../api/machinery/decode/decode-scalar.ts'
import { canonicalJson } from '../../../api/machinery/json/canonical-json.ts'
import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'
import { ownMember } from '../../../api/machinery/json/own-member.ts'
import type { CompiledRule } from './compile.ts'
import { fieldPathOf } from './field-path.ts'
import type { RuleTree } from './rule-tree.ts'

/** What all rules of one object may cost. */
const budget = 10_000_000
const maxMessage = 5 * 1024

/** What is wrong with an object by the rules of its schema, in upstream's words. `old`: the object before an update. */
export function evaluateRules(tree: RuleTree, object: unknown, old: unknown): FieldError[] {
  const evaluation = new Evaluation()
  evaluation.visit(tree, '', object, old, correlationOf(object, old))
  return evaluation.errors
}

/**
 * How a value relates to the object before the update: whether it, or where it has no counterpart the nearest value around
 * it that has one, is as it was. What has not changed may break rules that are newer than it (KEP-4008).
 */
type Unchanged = () => boolean

const never: Unchanged = () => false

function correlationOf(value: unknown, old: unknown, around: Unchanged = never): Unchanged {
  if (old === undefined) return around
  let known: boolean | undefined
  return () => {
    known ??= jsonEqual(value, old)
    return known
  }
}

class Evaluation {
  readonly errors: FieldError[] = []
  readonly #meter: Meter = { remaining: budget }
  #isOver = false

  visit(tree: RuleTree, path: string, value: unknown, old: unknown, unchanged: Unchanged): void {
    if (this.#isOver || value === null || value === undefined) return
    this.#evaluate(tree, path, value, old, unchanged)
    for (const part of tree.allOf) this.visit(part, path, value, old, unchanged)
    if (Array.isArray(value)) this.#items(tree, path, value, old, unchanged)
    else if (isPlainObject(value)) this.#members(tree, path, value, old, unchanged)
  }

  #members(tree: RuleTree, path: string, value: Record<string, unknown>, old: unknown, unchanged: Unchanged): void {
    const before = tree.schema['x-kubernetes-map-type'] !== 'atomic' && isPlainObject(old) ? old : undefined
    const inner = (part: RuleTree, name: string, at: string) => {
      const previous = before && ownMember(before, name)
      this.visit(part, at, value[name], previous, correlationOf(value[name], previous, unchanged))
    }
    if (tree.additional) for (const name of Object.keys(value)) inner(tree.additional, name, `${path}[${name}]`)
    for (const [name, part] of tree.properties)
      if (Object.hasOwn(value, name)) inner(part, name, path === '' ? name : `${path}.${name}`)
  }

  #items({ items, schema }: RuleTree, path: string, value: unknown[], old: unknown, unchanged: Unchanged): void {
    if (!items) return
    const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined
    const keyOf = (item: unknown) =>
      canonicalJson(isPlainObject(item) ? keys?.map((key) => ownMember(item, key) ?? null) : item)
    const before = keys && Array.isArray(old) ? new Map(old.map((item) => [keyOf(item), item])) : undefined
    for (const [i, item] of value.entries()) {
      const previous = before?.get(keyOf(item))
      this.visit(items, `${path}[${i}]`, item, previous, correlationOf(item, previous, unchanged))
    }
  }

  #evaluate({ rules, schema }: RuleTree, path: string, value: unknown, old: unknown, unchanged: Unchanged): void {
    const shown = schema.type ?? ''
    const at = path || '<nil>'
    for (const compiled of rules) {
      if (this.#isOver) return
      const { rule, program, error, usesOldSelf } = compiled
      if (error !== undefined) {
        this.errors.push(fieldError.invalid(at, shown, `rule compile error: ${error}`))
        continue
      }
      const isTransition = usesOldSelf && old === undefined
      if (!program || (isTransition && !rule.optionalOldSelf)) continue
      if (this.#meter.remaining <= 0) {
        this.#end(at, shown, outOfBudget)
        return
      }
      const variables = [value, rule.optionalOldSelf ? optionalOf(old) : old]
      const problem = this.#problem(compiled, variables)
      if (!problem) continue
      if (this.#isOver) {
        this.errors.push(fieldError.invalid(at, shown, problem.detail))
        return
      }
      if (problem.isFailure && !usesOldSelf && unchanged()) continue
      this.errors.push(
        problem.isFailure
          ? failed(compiled, schema, path, shown, problem.detail)
          : fieldError.invalid(at, shown, problem.detail),
      )
    }
  }

  #end(at: string, shown: string, detail: string): void {
    this.errors.push(fieldError.invalid(at, shown, detail))
    this.#isOver = true
  }

  /** What is wrong: the rule is false, or has no value. */
  #problem(compiled: CompiledRule, variables: readonly unknown[]): { detail: string; isFailure: boolean } | undefined {
    const { rule, program } = compiled
    const text = (rule.message || rule.rule).trim()
    try {
      const holds = program?.evaluate(variables, this.#meter)
      if (this.#meter.remaining < 0) return this.#over(outOfBudget)
      return holds === true ? undefined : { detail: this.#message(compiled, variables), isFailure: true }
    } catch (error) {
      if (error instanceof CostExceeded)
        return this.#over(
          this.#meter.remaining < 0
            ? outOfBudget
            : `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`,
        )
      if (!(error instanceof EvaluationError)) throw error
      const { message } = error
      const detail = message.startsWith('no such overload')
        ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`
        : `${message} evaluating rule: ${text}`
      return { detail, isFailure: false }
    }
  }

  #over(detail: string) {
    this.#isOver = true
    return { detail, isFailure: false }
  }

  /** The rule's messageExpression, if it comes to a text; else its message. */
  #message({ rule, message }: CompiledRule, variables: readonly unknown[]): string {
    const otherwise = rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`
    if (!message) return otherwise
    try {
      const value = message.evaluate(variables, this.#meter)
      const text = typeof value === 'string' ? value.trim() : ''
      const isUsable = text !== '' && !text.includes('\n') && new TextEncoder().encode(text).length <= maxMessage
      return isUsable ? text : otherwise
    } catch (error) {
      if (error instanceof EvaluationError || error instanceof CostExceeded) return otherwise
      throw error
    }
  }
}

const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run'

const optionalOf = (old: unknown): Optional => (old === undefined ? Optional.none : Optional.of(old))

function failed(
  { rule }: CompiledRule,
  schema: RuleTree['schema'],
  path: string,
  shown: string,
  detail: string,
): FieldError {
  const below = rule.fieldPath ? fieldPathOf(rule.fieldPath.trim(), schema) : undefined
  const at = below === undefined ? path || '<nil>' : path === '' ? below.replace(/^\./, '') : `${path}${below}`
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return fieldError.forbidden(at, detail)
    case 'FieldValueRequired':
      return fieldError.required(at, detail)
    case 'FieldValueDuplicate':
      return fieldError.duplicate(at, shown)
    default:
      return fieldError.invalid(at, shown, detail)
  }
}
