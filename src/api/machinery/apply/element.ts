import { isPlainObject } from '../decode/decode-scalar.ts'
import { escapedForHtml } from '../json/go-json.ts'
import { isNumber, jsonText, parseJson } from '../json/json-text.ts'

/**
 * One step of the path to a field, as FieldsV1 writes it: `f:` and a member's name, `k:` and the keys of a list's item,
 * `v:` and the value of an item of a set, `i:` and an index. Equal steps have equal texts.
 */
export type Element = string

/** Of a node: the field itself, and not only what is in it. */
export const self = '.'

export const nameElement = (name: string): Element => `f:${name}`
export const valueElement = (value: unknown): Element => `v:${elementText(value)}`
/** `keys` are names with values. */
export function keyElement(keys: readonly (readonly [string, unknown])[]): Element {
  const sorted = keys.length > 1 ? [...keys].sort(([a], [b]) => (a < b ? -1 : 1)) : keys
  return `k:{${sorted.map(([name, value]) => `${elementText(name)}:${elementText(value)}`).join()}}`
}

/** JSON as Go writes it into texts for the web. */
const elementText = (value: unknown): string =>
  typeof value === 'number'
    ? `${value}`
    : escapedForHtml(typeof value === 'string' ? JSON.stringify(value) : jsonText(value))

/**
 * The element that a client has written, in its one form; undefined for kinds that a later version may have.
 * @throws SyntaxError
 */
export function readElement(text: string): Element | undefined {
  if (text.length < 2) throw new SyntaxError('key must be 2 characters long:')
  if (text[1] !== ':') throw new SyntaxError(`missing colon: ${text}`)
  const rest = text.slice(2)
  switch (text[0]) {
    case 'f':
      return text
    case 'v':
      return valueElement(parseJson(rest))
    case 'k': {
      const keys = parseJson(rest)
      if (!isPlainObject(keys)) throw new SyntaxError(`keys must be an object: ${text}`)
      return keyElement(Object.entries(keys))
    }
    case 'i':
      if (!/^[+-]?\d+$/.test(rest))
        throw new SyntaxError(`strconv.Atoi: parsing ${JSON.stringify(rest)}: invalid syntax`)
      return `i:${Number(rest)}`
    default:
      return undefined
  }
}

/** A path as error texts show it: `.spec.containers[name="web"].image`, `.metadata.finalizers[="a"]`. */
export const elementsText = (path: readonly Element[]): string => path.map(shown).join('')

function shown(element: Element): string {
  const rest = element.slice(2)
  switch (element[0]) {
    case 'f':
      return `.${rest}`
    case 'k':
      return `[${Object.entries(parseJson(rest) as object)
        .map(([name, value]) => `${name}=${jsonText(value)}`)
        .join()}]`
    case 'v':
      return `[=${jsonText(parseJson(rest))}]`
    default:
      return `[${rest}]`
  }
}

const kinds = '.fkvi'

/** The order of FieldsV1: the field itself, names, keys, values, indices. */
export function compareElements(a: Element, b: Element): number {
  if (a === b) return 0
  if (a[0] !== b[0]) return kinds.indexOf(a[0] ?? '') - kinds.indexOf(b[0] ?? '')
  if (a[0] === 'f') return a < b ? -1 : 1
  const [left, right] = [parseJson(a.slice(2)), parseJson(b.slice(2))]
  return a[0] === 'k' ? compareKeys(left as object, right as object) : compareValues(left, right)
}

function compareKeys(a: object, b: object): number {
  const [left, right] = [Object.entries(a), Object.entries(b)]
  for (const [i, [name, value]] of left.entries()) {
    const other = right[i]
    if (!other) return 1
    if (name !== other[0]) return name < other[0] ? -1 : 1
    const order = compareValues(value, other[1])
    if (order !== 0) return order
  }
  return left.length - right.length
}

const rankOf = (value: unknown): number => (isNumber(value) ? 0 : typeof value === 'string' ? 1 : 2)

function compareValues(a: unknown, b: unknown): number {
  const rank = rankOf(a) - rankOf(b)
  if (rank !== 0) return rank
  const [left, right] = rankOf(a) < 2 ? [a as string, b as string] : [jsonText(a), jsonText(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
