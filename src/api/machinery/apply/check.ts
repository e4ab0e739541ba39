import { messageOf } from '../../errors.ts'
import { isPlainObject } from '../decode/decode-scalar.ts'
import { isNumber, jsonText } from '../json/json-text.ts'
import { type Element, elementsText, nameElement } from './element.ts'
import { type FieldType, formOf, type ListType, type MapType, memberType, type ScalarType } from './field-type.ts'
import { itemElement } from './list-items.ts'

/** What is wrong with a manifest by its type, as one text in upstream's words; undefined if nothing is. */
export function problemsOf(type: FieldType, value: unknown): string | undefined {
  const problems: string[] = []
  check(type, value, [], problems)
  if (problems.length <= 1) return problems[0]
  return ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n')
}

type Path = readonly Element[]

function check(type: FieldType, value: unknown, path: Path, problems: string[]): void {
  const form = formOf(type, value)
  if (value === null) return
  if (form === 'map' && type.map) checkMap(type.map, value, path, problems)
  else if (form === 'list' && type.list) checkList(type.list, value, path, problems)
  else if (type.scalar) report(scalarProblem(type.scalar, value), path, problems)
}

function report(problem: string | undefined, path: Path, problems: string[]): void {
  if (problem !== undefined) problems.push(path.length > 0 ? `${elementsText(path)}: ${problem}` : problem)
}

function checkMap(map: MapType, value: unknown, path: Path, problems: string[]): void {
  if (!isPlainObject(value)) {
    report(`expected map, got &{${goText(value)}}`, path, problems)
    return
  }
  for (const name of Object.keys(value).sort()) {
    const at = [...path, nameElement(name)]
    const type = memberType(map, name)
    if (!type) {
      report('field not declared in schema', at, problems)
      return
    }
    check(type, value[name], at, problems)
  }
}

function checkList(list: ListType, value: unknown, path: Path, problems: string[]): void {
  if (!Array.isArray(value)) {
    report(`expected list, got &{${goText(value)}}`, path, problems)
    return
  }
  const seen = new Set<Element>()
  for (const [i, item] of value.entries()) {
    let element: Element
    try {
      element = list.by === 'nothing' ? `i:${i}` : itemElement(list, item)
    } catch (error) {
      report(`element ${i}: ${messageOf(error)}`, path, problems)
      return
    }
    if (seen.has(element)) report(`duplicate entries for key ${elementsText([element])}`, path, problems)
    seen.add(element)
    check(list.items, item, [...path, element], problems)
  }
}

function scalarProblem(type: ScalarType, value: unknown): string | undefined {
  if (type === 'numeric' && !isNumber(value)) return `expected numeric (int or float), got ${goTypeOf(value)}`
  if (type === 'string' && typeof value !== 'string')
    return `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`
  if (type === 'boolean' && typeof value !== 'boolean') return `expected boolean, got &{${goText(value)}}`
  if (type === 'untyped' && typeof value === 'object') return `expected any scalar, got &{${goText(value)}}`
  return undefined
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'object') return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : 'string'
}

/** As Go prints a value with `%v`. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (isPlainObject(value))
    return `map[${Object.keys(value)
      .sort()
      .map((name) => `${name}:${goText(value[name])}`)
      .join(' ')}]`
  return value === null ? '<nil>' : String(value)
}

/** As Go prints a value with `%#v`. */
function goSyntax(value: unknown): string {
  if (value === null) return 'interface {}(nil)'
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (!isPlainObject(value)) return jsonText(value)
  const members = Object.keys(value).sort()
  return `map[string]interface {}{${members.map((name) => `${JSON.stringify(name)}:${goSyntax(value[name])}`).join(', ')}}`
}
