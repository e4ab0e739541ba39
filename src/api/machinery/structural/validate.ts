import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { type FieldError, fieldError } from '../../errors.ts'
import { type PathStep, pathText } from '../../path.ts'
import { isPlainObject } from '../decode/decode-scalar.ts'
import { canonicalJson } from '../json/canonical-json.ts'
import { jsonEqual } from '../json/json-equal.ts'
import { isNumber, jsonText } from '../json/json-text.ts'
import { ownMember } from '../json/own-member.ts'
import { regexOf } from '../regex/regex.ts'
import { formats } from './formats.ts'
import { checkNumber, formatOf, isInteger, numericFormat } from './numbers.ts'
import { additionalOf, itemsOf } from './schema-parts.ts'

/**
 * What is wrong with a value by its schema, in upstream's words. Skips what has not changed since `old`, the value
 * before an update, so that a schema may become stricter (KEP-4008).
 */
export function validateValue(
  schema: JSONSchemaProps,
  value: unknown,
  old: unknown = undefined,
  path: PathStep[] = [],
): FieldError[] {
  if (old !== undefined && jsonEqual(value, old)) return []
  const at = new Place(path)
  if (value === null && schema.nullable) return []
  const wrong = checkType(schema, value, at)
  if (wrong) return [wrong]
  return [
    ...checkEnum(schema, value, at),
    ...checkText(schema, value, at),
    ...checkNumber(schema, value, at),
    ...checkList(schema, value, old, at),
    ...checkObject(schema, value, old, at),
    ...checkAlternatives(schema, value, at),
  ]
}

/** Where a value stands; its text is made when something is wrong with it. */
class Place {
  readonly path: PathStep[]
  constructor(path: PathStep[]) {
    this.path = path
  }
  get text(): string {
    return pathText(this.path)
  }
  invalid(value: unknown, problem: string): FieldError {
    return fieldError.invalid(this.text || '<nil>', value, `${this.text} in body ${problem}`)
  }
}

/** What JSON schema calls a value. An integer is a number, too. */
function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (isNumber(value)) return isInteger(value) ? 'integer' : 'number'
  return typeof value === 'object' ? 'object' : typeof value
}

function checkType(schema: JSONSchemaProps, value: unknown, at: Place): FieldError | undefined {
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : []
  const given = typeOf(value)
  if (types.length === 0 || types.includes(given) || (given === 'integer' && types.includes('number'))) return undefined
  const format = numericFormat(schema)
  return format && (isNumber(value) || typeof value === 'boolean' || isPlainObject(value))
    ? typeInvalid(at, formatOf(value), format)
    : typeInvalid(at, given, types.join(','))
}

const typeInvalid = (at: Place, shown: string, wanted: string): FieldError => ({
  field: at.text || '<nil>',
  reason: 'FieldValueTypeInvalid',
  message: `Invalid value: ${JSON.stringify(shown)}: ${at.text} in body must be of type ${wanted}: ${JSON.stringify(shown)}`,
})

function checkEnum(schema: JSONSchemaProps, value: unknown, at: Place): FieldError[] {
  const { enum: values } = schema
  if (!values || values.some((allowed) => jsonEqual(allowed, value))) return []
  const texts = values.map((allowed) => (typeof allowed === 'string' ? allowed : jsonText(allowed)))
  return [fieldError.notSupported(at.text || '<nil>', value, texts)]
}

function checkText(schema: JSONSchemaProps, value: unknown, at: Place): FieldError[] {
  if (typeof value !== 'string') return []
  const { maxLength, minLength, pattern, format } = schema
  const errors: FieldError[] = []
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length
  if (maxLength !== undefined && length > maxLength) errors.push(fieldError.tooLong(at.text, maxLength))
  if (minLength !== undefined && length < minLength)
    errors.push(at.invalid(value, `should be at least ${minLength} chars long`))
  if (pattern !== undefined && !regexOf(pattern).test(value))
    errors.push(at.invalid(value, `should match '${pattern}'`))
  const check = format === undefined || !Object.hasOwn(formats, format) ? undefined : formats[format]
  if (check && !check(value)) errors.push(typeInvalid(at, value, format ?? ''))
  return errors
}

function checkList(schema: JSONSchemaProps, value: unknown, old: unknown, at: Place): FieldError[] {
  if (!Array.isArray(value)) return []
  const { path } = at
  const { maxItems, minItems, 'x-kubernetes-list-type': listType } = schema
  const errors: FieldError[] = []
  if (maxItems !== undefined && value.length > maxItems)
    errors.push(fieldError.tooMany(at.text, value.length, maxItems))
  if (minItems !== undefined && value.length < minItems)
    errors.push(at.invalid(value.length, `should have at least ${minItems} items`))
  const items = itemsOf(schema)
  const keys = listType === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined
  if (items) {
    const before = keys && Array.isArray(old) ? new Map(old.map((item) => [keyOf(item, keys), item])) : undefined
    for (const [i, item] of value.entries()) {
      const previous = keys && before?.get(keyOf(item, keys))
      errors.push(...validateValue(items, item, previous, [...path, i]))
    }
  }
  if (listType === 'set' || keys) errors.push(...duplicates(value, keys, path))
  return errors
}

function keyOf(item: unknown, keys: readonly string[]): string {
  return canonicalJson(isPlainObject(item) ? keys.map((key) => ownMember(item, key) ?? null) : item)
}

function duplicates(values: unknown[], keys: readonly string[] | undefined, path: PathStep[]): FieldError[] {
  const seen = new Set<string>()
  return values.flatMap((item, i) => {
    const key = keys ? keyOf(item, keys) : canonicalJson(item)
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    const shown =
      keys && isPlainObject(item)
        ? Object.fromEntries(keys.filter((key) => ownMember(item, key) !== undefined).map((key) => [key, item[key]]))
        : item
    return [fieldError.duplicate(pathText([...path, i]), shown)]
  })
}

function checkObject(schema: JSONSchemaProps, value: unknown, old: unknown, at: Place): FieldError[] {
  if (!isPlainObject(value)) return []
  const { path } = at
  const { properties = {}, required = [], maxProperties, minProperties } = schema
  const before = isPlainObject(old) ? old : {}
  const errors: FieldError[] = []
  const count = maxProperties === undefined && minProperties === undefined ? 0 : Object.keys(value).length
  if (maxProperties !== undefined && count > maxProperties)
    errors.push(fieldError.tooMany(at.text, count, maxProperties))
  if (minProperties !== undefined && count < minProperties)
    errors.push(at.invalid(count, `should have at least ${minProperties} properties`))
  for (const name of required)
    if (ownMember(value, name) === undefined) errors.push(fieldError.required(pathText([...path, name])))
  if (schema['x-kubernetes-embedded-resource'])
    for (const name of ['apiVersion', 'kind'])
      if (!ownMember(value, name)) errors.push(fieldError.required(pathText([...path, name]), 'must not be empty'))
  const additional = additionalOf(schema).schema
  for (const name in value) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : additional
    if (inner && value[name] !== undefined)
      errors.push(...validateValue(inner, value[name], ownMember(before, name), [...path, name]))
  }
  return errors
}

/** allOf, anyOf, oneOf, not. Upstream names no field in what it says of them as a whole. */
function checkAlternatives({ allOf, anyOf, oneOf, not }: JSONSchemaProps, value: unknown, at: Place): FieldError[] {
  const errors: FieldError[] = []
  const whole = (problem: string) =>
    errors.push(fieldError.invalid('<nil>', '', `${JSON.stringify(at.text)} ${problem}`))
  const tried = (schemas: JSONSchemaProps[]) =>
    schemas.map((schema) => validateValue(schema, value, undefined, at.path))
  if (anyOf?.length) {
    const results = tried(anyOf)
    if (!results.some((result) => result.length === 0)) {
      whole('must validate at least one schema (anyOf)')
      errors.push(...fewest(results))
    }
  }
  if (oneOf?.length) {
    const results = tried(oneOf)
    const valid = results.filter((result) => result.length === 0).length
    if (valid !== 1) {
      whole(
        `must validate one and only one schema (oneOf). ${valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`}`,
      )
      if (valid === 0) errors.push(...fewest(results))
    }
  }
  if (allOf?.length) {
    const results = tried(allOf)
    const valid = results.filter((result) => result.length === 0).length
    if (valid < allOf.length) {
      errors.push(...results.flat())
      whole(`must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`)
    }
  }
  if (not && validateValue(not, value, undefined, at.path).length === 0) whole('must not validate the schema (not)')
  return errors
}

/** The errors of the alternative that came nearest. */
const fewest = (results: FieldError[][]): FieldError[] =>
  results.reduce((best, result) => (result.length < best.length ? result : best))
