/**
 * What JSON.parse keeps quiet about: keys that occur twice in one object. Finding them costs a second parse, which is
 * done only when counting tells that there are some.
 */
import { badRequest } from '../../errors.ts'
import { type PathStep, pathText } from '../../path.ts'

/**
 * The paths of keys that occur more than once, each once: `spec.containers[0].image`. `value` is the parsed `text`.
 * @throws ApiError 400 when it is nested too deeply.
 */
export function duplicateKeys(text: string, value: unknown): string[] {
  return membersWritten(text) === membersParsed(value) ? [] : findDuplicates(text)
}

/** Counts the members of all objects in the text: one colon outside of strings each. */
function membersWritten(text: string): number {
  let count = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === colon) count++
    else if (code === quote) i = endOfString(text, i)
    else if (code === openObject || code === openList) {
      if (++depth > maxDepth) throw badRequest('exceeded max depth')
    } else if (code === closeObject || code === closeList) depth--
  }
  return count
}

/** No object of the API is deeper; what is would exhaust the stack of whoever walks it. */
const maxDepth = 1000

const openObject = 0x7b
const closeObject = 0x7d
const openList = 0x5b
const closeList = 0x5d
const quote = 0x22
const colon = 0x3a
const backslash = 0x5c

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
function findDuplicates(text: string): string[] {
  const found = new Set<string>()
  const stack: { keys?: Set<string>; step: PathStep }[] = []
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
        if (top.keys.has(top.step)) found.add(pathText(stack.map(({ step }) => step)))
        top.keys.add(top.step)
      }
      i = end
    }
  }
  return [...found]
}

/** Whether a colon follows the string that ends at `end`. */
function isKey(text: string, end: number): boolean {
  const next = /\S/g
  next.lastIndex = end + 1
  return next.exec(text)?.[0] === ':'
}
