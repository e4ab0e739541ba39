import { messageOf } from '../../../errors.ts'
import { regexOf } from '../../regex/regex.ts'
import { matching, sizeOf, traversal } from '../cost.ts'
import { type CallCost, type Library, method, overload } from '../declarations.ts'
import { failure } from '../errors.ts'
import { lengthOf, pointIndex, slice, unitIndex } from '../texts.ts'
import * as t from '../types.ts'
import { format } from './format.ts'

const text = t.string
const texts = t.listOf(t.string)

const once: CallCost = ([x]) => traversal(sizeOf(x))
const twice: CallCost = ([x]) => traversal(sizeOf(x), 2)
const joined: CallCost = (_, result) => traversal(sizeOf(result), 2)

const outOfRange = (index: number) => failure(`index out of range: ${index}`)

function charAt(x: string, index: number): string {
  if (index < 0 || index > lengthOf(x)) throw outOfRange(index)
  return slice(x, index, index + 1)
}

function indexOf(x: string, part: string, from = 0): number {
  if (part === '') return from
  if (from < 0 || from > lengthOf(x)) throw outOfRange(from)
  return pointIndex(x, x.indexOf(part, unitIndex(x, from)))
}

function lastIndexOf(x: string, part: string, from?: number): number {
  const length = lengthOf(x)
  if (from !== undefined && (from < 0 || from >= length)) throw outOfRange(from)
  if (part === '') return from ?? length
  return pointIndex(x, x.lastIndexOf(part, from === undefined ? undefined : unitIndex(x, from)))
}

function substring(x: string, start: number, end?: number): string {
  const length = lengthOf(x)
  if (end === undefined) {
    if (start < 0 || start > length) throw outOfRange(start)
    return slice(x, start)
  }
  if (start > end) throw failure(`invalid substring range. start: ${start}, end: ${end}`)
  if (start < 0 || start > length) throw outOfRange(start)
  if (end < 0 || end > length) throw outOfRange(end)
  return slice(x, start, end)
}

/** As Go's `strings.Replace`: an empty text is found before each character and at the end. */
function replace(x: string, old: string, by: string, count = -1): string {
  if (count === 0) return x
  const parts = old === '' ? ['', ...x, ''] : x.split(old)
  const times = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1)
  const glue = old === '' ? '' : old
  const replaced = parts.slice(0, times + 1).join(by)
  const rest = parts.slice(times + 1)
  return rest.length > 0 ? [replaced, ...rest].join(glue) : replaced
}

/** As Go's `strings.SplitN`. */
function split(x: string, separator: string, count = -1): string[] {
  if (count === 0) return []
  if (count === 1) return [x]
  const parts = separator === '' ? [...x] : x.split(separator)
  if (count < 0 || parts.length <= count) return parts
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]
}

function join(list: readonly unknown[], separator = ''): string {
  for (const item of list) if (typeof item !== 'string') throw failure(`join: invalid input: ${String(item)}`)
  return list.join(separator)
}

const quotes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

const quote = (x: string): string =>
  `"${[...x.toWellFormed()].map((character) => quotes[character] ?? character).join('')}"`

const ascii = (x: string, pattern: RegExp, change: (part: string) => string): string => x.replace(pattern, change)

/** What Go's unicode.IsSpace calls a space. */
const trimmed =
  /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g

/** cel-go's extension for strings, at version 2. */
const extension: Library = {
  charAt: [method('string_char_at_int', [text, t.int], text, charAt)],
  indexOf: [
    method('string_index_of_string', [text, text], t.int, indexOf, once),
    method('string_index_of_string_int', [text, text, t.int], t.int, indexOf, once),
  ],
  lastIndexOf: [
    method('string_last_index_of_string', [text, text], t.int, lastIndexOf, once),
    method('string_last_index_of_string_int', [text, text, t.int], t.int, lastIndexOf, once),
  ],
  join: [
    method('list_join', [texts], text, join, joined),
    method('list_join_string', [texts, text], text, join, joined),
  ],
  lowerAscii: [
    method('string_lower_ascii', [text], text, (x: string) => ascii(x, /[A-Z]+/g, (p) => p.toLowerCase()), once),
  ],
  upperAscii: [
    method('string_upper_ascii', [text], text, (x: string) => ascii(x, /[a-z]+/g, (p) => p.toUpperCase()), once),
  ],
  replace: [
    method('string_replace_string_string', [text, text, text], text, replace, twice),
    method('string_replace_string_string_int', [text, text, text, t.int], text, replace, twice),
  ],
  split: [
    method('string_split_string', [text, text], texts, split, twice),
    method('string_split_string_int', [text, text, t.int], texts, split, twice),
  ],
  substring: [
    method('string_substring_int', [text, t.int], text, substring, once),
    method('string_substring_int_int', [text, t.int, t.int], text, substring, once),
  ],
  trim: [method('string_trim', [text], text, (x: string) => x.replace(trimmed, ''), once)],
  format: [method('string_format', [text, t.listOf(t.dyn)], text, format, once)],
  'strings.quote': [overload('strings_quote', [text], text, quote, once)],
}

function find(x: string, pattern: string, limit?: number): string[] {
  try {
    return regexOf(pattern).find(x, limit)
  } catch (error) {
    throw failure(`Illegal regex: ${messageOf(error)}`)
  }
}

const searching: CallCost = ([x, pattern]) => matching(x, pattern)

const regex: Library = {
  find: [method('string_find_string', [text, text], text, (x: string, p: string) => find(x, p, 1)[0] ?? '', searching)],
  findAll: [
    method('string_find_all_string', [text, text], texts, (x: string, p: string) => find(x, p), searching),
    method(
      'string_find_all_string_int',
      [text, text, t.int],
      texts,
      (x: string, p: string, limit: number) => find(x, p, limit < 0 ? undefined : limit),
      searching,
    ),
  ],
}

export const strings: readonly Library[] = [extension, regex]
