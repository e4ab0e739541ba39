import { badRequest, tooLarge } from '../../errors.ts'
import { isPlainObject } from '../decode/decode-scalar.ts'
import { jsonEqual } from '../json/json-equal.ts'
import { isInt64, jsonText } from '../json/json-text.ts'
import { setMember } from '../json/set-member.ts'
import { unprocessable } from './patch-error.ts'

/** Upstream takes no longer patches. */
const maxOperations = 10_000
/** How much all copies of a patch may add, in bytes of JSON: kube-apiserver's limit. */
const maxCopiedBytes = 3 * 1024 * 1024

/**
 * JSON patch, RFC 6902, as upstream's library applies it (gopkg.in/evanphx/json-patch.v4), which differs: an absent member
 * is null, so that it may be replaced, copied, and is equal to null; a negative index counts from the end; what stands
 * before the first slash of a path does not count; the whole document can be replaced and tested, and nothing else.
 * `test` compares values: upstream also distinguishes `1.0` from `1`, and differently escaped texts.
 * Inputs stay as they are; the answer shares with them what has not changed.
 * @throws ApiError 400 for what is no JSON patch, 413 for one too long, 422 for one that does not apply.
 */
export function jsonPatch(original: unknown, patch: unknown): unknown {
  const steps = operationsOf(patch)
  const run: Run = { document: original, own: new Set(), copiedBytes: 0 }
  try {
    for (const operation of steps) {
      const { op } = operation
      if (typeof op !== 'string' || !Object.hasOwn(operations, op))
        throw new Refused(`Unexpected kind: ${op ?? 'unknown'}`)
      operations[op as keyof typeof operations](run, operation)
    }
  } catch (error) {
    throw error instanceof Refused ? unprocessable(error.message) : error
  }
  return run.document
}

/** The members of operations that mean nothing: `[0].why`. */
export function unknownMembers(patch: unknown): string[] {
  const entries = Array.isArray(patch) ? (patch as unknown[]) : []
  return entries.flatMap((entry, i) =>
    isPlainObject(entry) ? Object.keys(entry).flatMap((name) => (members.has(name) ? [] : [`[${i}].${name}`])) : [],
  )
}

const members = new Set(['op', 'path', 'from', 'value'])

interface Operation {
  op?: string
  path?: string
  from?: string
  value: unknown
}

/** @throws ApiError 400, 413 */
function operationsOf(patch: unknown): Operation[] {
  if (!Array.isArray(patch ?? [])) throw undecodable(patch, 'Go value of type []handlers.jsonPatchOp')
  const entries = (patch ?? []) as unknown[]
  const read = entries.map(operationOf)
  if (read.length > maxOperations)
    throw tooLarge(
      `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${read.length}`,
    )
  return read
}

function operationOf(entry: unknown): Operation {
  if (entry === null) return { value: null }
  if (!isPlainObject(entry)) throw undecodable(entry, 'Go value of type handlers.jsonPatchOp')
  const text = (name: string): string | undefined => {
    const given = entry[name] ?? undefined
    if (given === undefined || typeof given === 'string') return given
    throw undecodable(given, `Go struct field jsonPatchOp.${name} of type string`)
  }
  return { op: text('op'), path: text('path'), from: text('from'), value: entry.value ?? null }
}

function undecodable(value: unknown, into: string) {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return badRequest(`error decoding patch: json: cannot unmarshal ${kind === 'bigint' ? 'number' : kind} into ${into}`)
}

interface Run {
  document: unknown
  /** The objects and lists that were made here, and so may be changed. */
  own: Set<Container>
  copiedBytes: number
}

/** Why an operation does not apply. */
class Refused extends Error {}

const missingValue = 'missing value'

const operations = {
  add(run: Run, { path, value }: Operation): void {
    if (path === undefined) throw new Refused(`add operation failed to decode path: ${missingValue}`)
    const place = placeOf(run.document, path)
    if (!place) throw new Refused(`add operation does not apply: doc is missing path: "${path}": ${missingValue}`)
    explained(`error in add for path: '${path}'`, () => edit(run, place, add(value)))
  },
  remove(run: Run, { path }: Operation): void {
    if (path === undefined) throw new Refused(`remove operation failed to decode path: ${missingValue}`)
    const place = placeOf(run.document, path)
    if (!place) throw new Refused(`remove operation does not apply: doc is missing path: "${path}": ${missingValue}`)
    explained(`error in remove for path: '${path}'`, () => edit(run, place, remove))
  },
  replace(run: Run, operation: Operation): void {
    const path = pathOf(operation, 'replace')
    const { value } = operation
    if (path === '') {
      // The verb that misses its argument is upstream's.
      if (!isContainer(value)) throw new Refused('replace operation value must be object or array: %!w(<nil>)')
      run.document = value
      return
    }
    const place = placeOf(run.document, path)
    if (!place) throw new Refused(`replace operation does not apply: doc is missing path: ${path}: ${missingValue}`)
    if (reached(place.holder, place.key) === undefined)
      throw new Refused(`replace operation does not apply: doc is missing key: ${path}: ${missingValue}`)
    edit(run, place, replace(value))
  },
  move(run: Run, operation: Operation): void {
    const { place, value } = source(run, operation, 'move')
    explained(`error in move for path: '${place.key}'`, () => edit(run, place, remove))
    const path = pathOf(operation, 'move')
    const target = placeOf(run.document, path)
    if (!target)
      throw new Refused(`move operation does not apply: doc is missing destination path: ${path}: ${missingValue}`)
    explained(`error in move for path: '${path}'`, () => edit(run, target, add(value)))
  },
  copy(run: Run, operation: Operation): void {
    const { value } = source(run, operation, 'copy')
    const { path } = operation
    if (path === undefined) throw new Refused(`copy operation failed to decode path: ${missingValue}`)
    const target = placeOf(run.document, path)
    if (!target)
      throw new Refused(`copy operation does not apply: doc is missing destination path: ${path}: ${missingValue}`)
    run.copiedBytes += value === null ? 0 : utf8.encode(jsonText(value)).length
    if (run.copiedBytes > maxCopiedBytes)
      throw new Refused(
        `Unable to complete the copy, the accumulated size increase of copy is ${run.copiedBytes}, exceeding the limit ${maxCopiedBytes}`,
      )
    explained('error while adding value during copy', () => edit(run, target, add(structuredClone(value))))
  },
  test(run: Run, operation: Operation): void {
    const path = pathOf(operation, 'test')
    const place = path === '' ? undefined : placeOf(run.document, path)
    if (!place && path !== '')
      throw new Refused(`test operation does not apply: is missing path: ${path}: ${missingValue}`)
    const present = place
      ? explained(`error in test for path: '${path}'`, () => memberOf(place.holder, place.key))
      : run.document
    if (!jsonEqual(present, operation.value)) throw new Refused(`testing value ${path} failed: test failed`)
  },
}

const utf8 = new TextEncoder()

function pathOf({ path }: Operation, op: string): string {
  if (path !== undefined) return path
  throw new Refused(`${op} operation failed to decode path: operation missing path field: ${missingValue}`)
}

/** What `move` and `copy` take, and from where. */
function source({ document }: Run, { from }: Operation, op: 'move' | 'copy') {
  if (from === undefined)
    throw new Refused(`${op} operation failed to decode from: operation, missing from field: ${missingValue}`)
  const place = placeOf(document, from)
  if (!place) throw new Refused(`${op} operation does not apply: doc is missing from path: ${from}: ${missingValue}`)
  const where = op === 'move' ? `error in move for path: '${place.key}'` : `error in copy for from: '${from}'`
  return { place, value: explained(where, () => memberOf(place.holder, place.key)) }
}

/** Runs `act`; adds the place to its refusal. */
function explained<T>(where: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw error instanceof Refused ? new Refused(`${where}: ${error.message}`) : error
  }
}

type Container = unknown[] | Record<string, unknown>

const isContainer = (value: unknown): value is Container => Array.isArray(value) || isPlainObject(value)

/** Where a path leads: the object or list that is there, the way to it, and a key in it, which may be free. */
interface Place {
  way: readonly string[]
  holder: Container
  key: string
}

/** Undefined where the way ends before. */
function placeOf(document: unknown, path: string): Place | undefined {
  const [, ...way] = path.split('/').map(unescaped)
  const key = way.pop()
  if (key === undefined) return undefined
  let holder: unknown = document
  for (const step of way) holder = isContainer(holder) ? reached(holder, step) : undefined
  return isContainer(holder) ? { way, holder, key } : undefined
}

const unescaped = (step: string): string => step.replaceAll(/~[01]/g, (code) => (code === '~1' ? '/' : '~'))

function reached(holder: Container, step: string): unknown {
  try {
    return memberOf(holder, step)
  } catch {
    return undefined
  }
}

/** What is there; null for a member that is absent. @throws Refused for an index that leads nowhere. */
function memberOf(holder: Container, key: string): unknown {
  if (Array.isArray(holder)) return holder[indexIn(key, holder.length)]
  return Object.hasOwn(holder, key) ? holder[key] : null
}

type Edit = (holder: Container, key: string) => void

/** Edits a copy of the holder, and of what is on the way to it, where they are not our own yet. */
function edit(run: Run, { way, key }: Place, change: Edit): void {
  let holder = owned(run, run.document as Container)
  run.document = holder
  for (const step of way) {
    const next = owned(run, memberOf(holder, step) as Container)
    replace(next)(holder, step)
    holder = next
  }
  change(holder, key)
}

function owned({ own }: Run, holder: Container): Container {
  if (own.has(holder)) return holder
  const copy = Array.isArray(holder) ? [...holder] : { ...holder }
  own.add(copy)
  return copy
}

const add =
  (value: unknown): Edit =>
  (holder, key) => {
    if (!Array.isArray(holder)) setMember(holder, key, value)
    else if (key === '-') holder.push(value)
    else {
      const index = explained(`value was not a proper array index: '${key}'`, () => integer(key))
      holder.splice(inside(index, holder.length + 1), 0, value)
    }
  }

const replace =
  (value: unknown): Edit =>
  (holder, key) => {
    if (Array.isArray(holder)) holder[indexIn(key, holder.length)] = value
    else setMember(holder, key, value)
  }

const remove: Edit = (holder, key) => {
  if (Array.isArray(holder)) holder.splice(indexIn(key, holder.length), 1)
  else if (Object.hasOwn(holder, key)) delete holder[key]
  else throw new Refused(`Unable to remove nonexistent key: ${key}: ${missingValue}`)
}

const indexIn = (key: string, size: number): number => inside(integer(key), size)

/** An index in a list of `size`; from the end when it is negative. */
function inside(index: number, size: number): number {
  if (index >= size || index < -size)
    throw new Refused(`Unable to access invalid index: ${index}: invalid index referenced`)
  return index < 0 ? index + size : index
}

/** As Go's strconv.Atoi reads it: with a sign, and with zeros in front. */
function integer(text: string): number {
  const refuse = (why: string) => new Refused(`strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`)
  if (!/^[+-]?\d+$/.test(text)) throw refuse('invalid syntax')
  if (text.length > 40 || !isInt64(BigInt(text))) throw refuse('value out of range')
  return Number(text)
}
