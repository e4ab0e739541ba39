/**
 * What parsing a text loses: keys that occur twice in one object, and which numbers were not written as integers.
 * Finding them costs a second walk, which happens only when a count shows that there are some.
 */
import { badRequest } from '../../errors.ts'
import { type PathStep, pathText } from '../../path.ts'
import { maxDepth, tooDeep } from './depth.ts'
import { beyondFloat64 } from './json-text.ts'

export interface Lost {
  /** The paths of keys that occur more than once, each once: `spec.containers[0].image`. */
  duplicates: readonly string[]
  /** How integers with a point or an exponent were written, `3.0`, by their path; undefined: there are none. */
  floats?: ReadonlyMap<string, string>
}

/**
 * What parsing `text` lost; `value` is what it gave.
 * @throws ApiError 400 when it is nested too deeply, and for a number beyond those of float64.
 */
export function lostByParsing(text: string, value: unknown): Lost {
  const { members, hasFloats } = count(text)
  if (!hasFloats && members === membersParsed(value)) return nothing
  const { duplicates, floats } = find(text)
  return { duplicates: [...duplicates], ...(floats.size > 0 && { floats }) }
}

const nothing: Lost = { duplicates: [] }

/** Counts the members of all objects in the text: one colon outside of strings each. */
function count(text: string): { members: number; hasFloats: boolean } {
  let members = 0
  let hasFloats = false
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === colon) members++
    else if (code === quote) i = endOfString(text, i)
    else if (code === dot || ((code | lowerCase) === letterE && isDigit(text.charCodeAt(i - 1)))) hasFloats = true
    else if (code === openObject || code === openList) {
      if (++depth > maxDepth) throw tooDeep()
    } else if (code === closeObject || code === closeList) depth--
  }
  return { members, hasFloats }
}

const openObject = 0x7b
const closeObject = 0x7d
const openList = 0x5b
const closeList = 0x5d
const quote = 0x22
const colon = 0x3a
const backslash = 0x5c
const dot = 0x2e
const lowerCase = 0x20
const letterE = 0x65

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** The index of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

function membersParsed(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) for (const item of value) count += membersParsed(item)
  else
    for (const item of Object.values(value)) {
      count += 1 + membersParsed(item)
    }
  return count
}

/** Walks the (well-formed) text with a stack of the objects and lists it is in. */
function find(text: string): { duplicates: Set<string>; floats: Map<string, string> } {
  const duplicates = new Set<string>()
  const floats = new Map<string, string>()
  const stack: { keys?: Set<string>; step: PathStep }[] = []
  const here = () => pathText(stack.map(({ step }) => step))
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    const top = stack.at(-1)
    if (char === '{') stack.push({ keys: new Set(), step: '' })
    else if (char === '[') stack.push({ step: 0 })
    else if (char === '}' || char === ']') stack.pop()
    else if (char === ',' && typeof top?.step === 'number') top.step++
    else if (char === '"') {
      const end = endOfString(text, i)
      if (top?.keys && isKey(text, end)) {
        const key: unknown = JSON.parse(text.slice(i, end + 1))
        top.step = String(key)
        if (top.keys.has(top.step)) duplicates.add(here())
        top.keys.add(top.step)
      }
      i = end
    } else if (char === '-' || isDigit(text.charCodeAt(i))) {
      const source = numberAt(text, i)
      const number = Number(source)
      if (!Number.isFinite(number)) throw badRequest(beyondFloat64(source))
      if (Number.isInteger(number) && /[.eE]/.test(source)) floats.set(here(), source)
      i += source.length - 1
    }
  }
  return { duplicates, floats }
}

function numberAt(text: string, start: number): string {
  const number = /[-+.\deE]*/y
  number.lastIndex = start
  return number.exec(text)?.[0] ?? ''
}

/** Whether a colon follows the string that ends at `end`. */
function isKey(text: string, end: number): boolean {
  const next = /\S/g
  next.lastIndex = end + 1
  return next.exec(text)?.[0] === ':'
}
