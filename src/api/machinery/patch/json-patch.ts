import { ApiError, badRequest } from '../../errors.ts'
import { isPlainObject } from '../decode/decode-scalar.ts'
import { jsonEqual } from '../json/json-equal.ts'
import { unprocessable } from './patch-error.ts'

/** Upstream takes no longer patches. */
const maxOperations = 10_000

/**
 * JSON patch, RFC 6902. Inputs stay as they are; the answer shares with them what has not changed.
 * @throws ApiError 400 for what is no JSON patch, 413 for one too long, 422 for one that does not apply.
 */
export function jsonPatch(original: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  if (patch.length > maxOperations)
    throw new ApiError(
      413,
      'RequestEntityTooLarge',
      `Request entity is too large: limit is ${maxOperations} operations, got ${patch.length}`,
    )
  return patch.map(operationOf).reduce((document, operation) => apply(document, operation), original)
}

interface Operation {
  op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'
  path: string
  from: string
  value: unknown
}

function operationOf(entry: unknown): Operation {
  if (!isPlainObject(entry)) throw badRequest('json: cannot unmarshal into Go value of type jsonpatch.Operation')
  const { op, path, from, value } = entry
  if (typeof op !== 'string' || !Object.hasOwn(operations, op))
    throw unprocessable(`Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`)
  if (typeof path !== 'string') throw unprocessable(`${op} operation: missing path`)
  if ((op === 'move' || op === 'copy') && typeof from !== 'string') throw unprocessable(`${op} operation: missing from`)
  const needsValue = op === 'add' || op === 'replace'
  if (needsValue && !Object.hasOwn(entry, 'value')) throw unprocessable(`${op} operation: missing value`)
  return { op: op as Operation['op'], path, from: typeof from === 'string' ? from : '', value: value ?? null }
}

const operations: Record<Operation['op'], (document: unknown, operation: Operation) => unknown> = {
  add: (document, { path, value }) => change(document, pointer(path), 'add', () => value),
  remove: (document, { path }) => change(document, pointer(path), 'remove', () => undefined),
  replace: (document, { path, value }) => change(document, pointer(path), 'replace', () => value),
  move(document, { from, path }) {
    if (`${path}/`.startsWith(`${from}/`) && path !== from) throw unprocessable(`unable to move into itself: ${from}`)
    const value = read(document, pointer(from), 'move')
    const rest = change(document, pointer(from), 'remove', () => undefined)
    return change(rest, pointer(path), 'add', () => value)
  },
  copy(document, { from, path }) {
    const value = read(document, pointer(from), 'copy')
    return change(document, pointer(path), 'add', () => structuredClone(value))
  },
  test(document, { path, value }) {
    let present: unknown
    try {
      present = read(document, pointer(path), 'test')
    } catch (error) {
      if (value !== null) throw error
    }
    if (!jsonEqual(present ?? null, value)) throw unprocessable(`testing value ${path} failed: test failed`)
    return document
  },
}

const apply = (document: unknown, operation: Operation): unknown => operations[operation.op](document, operation)

function pointer(path: string): string[] {
  if (path === '') return []
  if (!path.startsWith('/')) throw unprocessable(`invalid path ${JSON.stringify(path)}: it has to begin with /`)
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const missing = (op: string, what: string, steps: readonly string[]) =>
  unprocessable(`${op} operation does not apply: doc is missing ${what}: /${steps.join('/')}: missing value`)

function read(document: unknown, steps: readonly string[], op: string): unknown {
  let at = document
  for (const step of steps) {
    if (Array.isArray(at)) at = at[indexIn(at, step, at.length - 1, op, steps)]
    else if (isPlainObject(at) && Object.hasOwn(at, step)) at = at[step]
    else throw missing(op, 'path', steps)
  }
  return at
}

/** A copy of `target` with another value at `steps`: copies what is on the way, and no more. */
function change(target: unknown, steps: readonly string[], op: string, value: () => unknown, all = steps): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return op === 'remove' ? null : value()
  const isLast = rest.length === 0
  if (Array.isArray(target)) {
    const copy: unknown[] = [...target]
    const adds = isLast && op === 'add'
    const index = step === '-' && adds ? copy.length : indexIn(copy, step, copy.length - (adds ? 0 : 1), op, all)
    if (adds) copy.splice(index, 0, value())
    else if (isLast && op === 'remove') copy.splice(index, 1)
    else copy[index] = change(copy[index], rest, op, value, all)
    return copy
  }
  if (!isPlainObject(target)) throw missing(op, 'path', all)
  if (!Object.hasOwn(target, step) && !(isLast && op === 'add')) throw missing(op, isLast ? 'key' : 'path', all)
  const copy = { ...target }
  if (isLast && op === 'remove') delete copy[step]
  else copy[step] = change(target[step], rest, op, value, all)
  return copy
}

function indexIn(list: unknown[], step: string, max: number, op: string, steps: readonly string[]): number {
  if (!/^(0|[1-9]\d*)$/.test(step)) throw missing(op, 'path', steps)
  const index = Number(step)
  if (index > max)
    throw unprocessable(
      `${op} operation does not apply: Unable to access invalid index: ${index}: invalid index referenced`,
    )
  return list.length >= index ? index : max
}
