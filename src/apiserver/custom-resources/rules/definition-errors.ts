import type { JSONSchemaProps, ValidationRule } from '../../../api/apiextensions/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { maxOccurrences, schemaType } from '../../../api/machinery/cel/schema/schema-type.ts'
import { childrenOf } from '../schema-children.ts'
import { compileRules } from './compile.ts'
import { fieldPathOf } from './field-path.ts'

/** What a rule may cost, and all rules of a schema, by upstream's estimate. */
const maxRuleCost = 10_000_000
const maxSchemaCost = 100_000_000

/**
 * What is wrong with the rules of a schema: they have to compile, and their cost to be bounded. The schema itself has been
 * checked.
 */
export function ruleErrors(root: JSONSchemaProps, path: string): FieldError[] {
  const walk = new Walk()
  walk.visit(root, path, { isRoot: true, occurrences: 1, uncorrelated: undefined })
  return [...walk.errors, ...totalErrors(walk.expressions, path)]
}

interface Place {
  readonly isRoot: boolean
  /** How often the schema occurs in an object at most; undefined if nothing bounds it. */
  readonly occurrences: number | undefined
  /** The outermost schema around it whose old and new values cannot be told apart. */
  readonly uncorrelated: string | undefined
}

class Walk {
  readonly errors: FieldError[] = []
  readonly expressions: { path: string; cost: number }[] = []

  visit(schema: JSONSchemaProps, path: string, place: Place): void {
    for (const child of childrenOf(schema, path)) {
      if (child.of === 'value') continue
      const isRoot = child.schema['x-kubernetes-embedded-resource'] === true
      const bound = child.of === 'items' ? schema.maxItems : child.of === 'additional' ? schema.maxProperties : 1
      const { occurrences } = place
      this.visit(child.schema, child.path, {
        isRoot,
        occurrences: occurrences === undefined || bound === undefined ? undefined : occurrences * Math.max(0, bound),
        uncorrelated: place.uncorrelated ?? (isCorrelated(schema, child.of) ? undefined : path),
      })
    }
    const rules = schema['x-kubernetes-validations'] ?? []
    if (rules.length === 0) return
    const forms = rules.flatMap((rule, i) => formErrors(rule, schema, `${path}.x-kubernetes-validations[${i}]`))
    this.errors.push(...forms)
    if (forms.length === 0) this.#compile(schema, rules, `${path}.x-kubernetes-validations`, place)
  }

  #compile(schema: JSONSchemaProps, rules: readonly ValidationRule[], path: string, place: Place): void {
    const type = schemaType(schema, place.isRoot)
    if (!type) {
      const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true
      const why = `rule declared on schema that does not support validation rules type: '${schema.type ?? ''}' x-kubernetes-preserve-unknown-fields: '${preserves}'`
      this.errors.push({ field: path, reason: 'InternalError', message: `Internal error: ${why}` })
      return
    }
    const times = place.occurrences ?? maxOccurrences(type.minSize)
    for (const [i, compiled] of compileRules(rules, type.type).entries()) {
      const at = `${path}[${i}]`
      const { rule } = compiled
      this.#cost(`${at}.rule`, 'estimated rule cost', compiled.cost * times)
      if (compiled.error !== undefined) this.errors.push(invalidRule(`${at}.rule`, rule, compiled.error))
      if (compiled.messageError !== undefined)
        this.errors.push(invalidRule(`${at}.messageExpression`, rule, compiled.messageError))
      else if (compiled.message)
        this.#cost(`${at}.messageExpression`, 'estimated messageExpression cost', compiled.messageCost)
      if (compiled.usesOldSelf && place.uncorrelated !== undefined)
        this.errors.push(
          fieldError.invalid(
            `${at}.rule`,
            rule.rule,
            `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`,
          ),
        )
      if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined)
        this.errors.push(
          fieldError.invalid(
            `${at}.optionalOldSelf`,
            rule.optionalOldSelf,
            'may not be set if oldSelf is not used in rule',
          ),
        )
    }
  }

  #cost(path: string, what: string, cost: number): void {
    this.expressions.push({ path, cost })
    if (cost > maxRuleCost) this.errors.push(fieldError.forbidden(path, exceeds(what, cost, maxRuleCost)))
  }
}

/** Items of lists have counterparts by their keys only. */
function isCorrelated(schema: JSONSchemaProps, of: 'field' | 'items' | 'additional'): boolean {
  if (of === 'items') return schema['x-kubernetes-list-type'] === 'map'
  return of === 'additional' || schema['x-kubernetes-map-type'] !== 'atomic'
}

function formErrors(rule: ValidationRule, schema: JSONSchemaProps, at: string): FieldError[] {
  const { rule: text = '', message = '', messageExpression = '', fieldPath = '' } = rule
  const errors: FieldError[] = []
  const breaks = /[\n\r]/
  if (text.trim() === '') errors.push(fieldError.required(`${at}.rule`, 'rule is not specified'))
  else if (message && message.trim() === '')
    errors.push(fieldError.invalid(`${at}.message`, message, 'message must be non-empty if specified'))
  else if (breaks.test(message.trim()))
    errors.push(fieldError.invalid(`${at}.message`, message, 'message must not contain line breaks'))
  else if (breaks.test(text.trim()) && message.trim() === '')
    errors.push(fieldError.required(`${at}.message`, 'message must be specified if rule contains line breaks'))
  if (messageExpression && messageExpression.trim() === '')
    errors.push(fieldError.required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'))
  if (fieldPath === '') return errors
  if (fieldPath.trim() === '')
    errors.push(fieldError.invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must be non-empty if specified'))
  if (breaks.test(fieldPath))
    errors.push(fieldError.invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must not contain line breaks'))
  if (fieldPathOf(fieldPath, schema) === undefined)
    errors.push(fieldError.invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must be a valid path'))
  return errors
}

/** Upstream shows the rule as Go prints the structure. */
function invalidRule(field: string, rule: ValidationRule, detail: string): FieldError {
  const text = (value: string | undefined) => JSON.stringify(value ?? '')
  const pointer = (type: string, value: unknown) => `(*${type})(${value === undefined ? 'nil' : '0xc000000000'})`
  const shown = [
    `Rule:${text(rule.rule)}`,
    `Message:${text(rule.message)}`,
    `MessageExpression:${text(rule.messageExpression)}`,
    `Reason:${pointer('apiextensions.FieldValueErrorReason', rule.reason)}`,
    `FieldPath:${text(rule.fieldPath)}`,
    `OptionalOldSelf:${pointer('bool', rule.optionalOldSelf)}`,
  ].join(', ')
  return {
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: apiextensions.ValidationRule{${shown}}: ${detail}`,
  }
}

function exceeds(what: string, cost: number, limit: number): string {
  const factor = cost / limit
  const shown = factor > 100 ? 'more than 100x' : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}

const named = 4

/** What all rules cost together; names the most expensive ones. */
function totalErrors(expressions: readonly { path: string; cost: number }[], path: string): FieldError[] {
  const total = expressions.reduce((sum, { cost }) => sum + cost, 0)
  if (total <= maxSchemaCost) return []
  const most = expressions.toSorted((a, b) => b.cost - a.cost).slice(0, named)
  return [
    ...most.map((expensive) =>
      fieldError.forbidden(
        expensive.path,
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      ),
    ),
    fieldError.forbidden(
      path,
      exceeds('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', total, maxSchemaCost),
    ),
  ]
}
