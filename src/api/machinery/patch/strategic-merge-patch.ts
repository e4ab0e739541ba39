import { badRequest } from '../../errors.ts'
import { isPlainObject } from '../decode/decode-scalar.ts'
import { jsonEqual } from '../json/json-equal.ts'
import { jsonText } from '../json/json-text.ts'
import { ownMember } from '../json/own-member.ts'
import { setMember } from '../json/set-member.ts'
import type { Message, Type } from '../schema/schema.ts'
import { orderItems } from './element-order.ts'
import { unprocessable } from './patch-error.ts'
import { type PatchField, patchFieldOf } from './patch-field.ts'

type Fields = Record<string, unknown>

/** The keys of a patch that say how to merge instead of what. */
const directive = '$patch'
const retainKeys = '$retainKeys'
const deletePrefix = '$deleteFromPrimitiveList/'
const orderPrefix = '$setElementOrder/'

/**
 * Strategic merge patch ('Update API objects in place using kubectl patch'): like a merge patch, but lists whose fields
 * say so merge, by their merge key, or as sets. Inputs stay as they are; the answer shares with them what has not changed.
 * @throws ApiError 400 for a patch that contradicts itself, 422 for one that does not fit the type.
 */
export function strategicMergePatch(type: Message, original: unknown, patch: unknown): unknown {
  if (!isPlainObject(patch))
    throw badRequest('json: cannot unmarshal array into Go value of type map[string]interface {}')
  return mergeObject(type, isPlainObject(original) ? original : {}, patch)
}

function mergeObject(type: Type | undefined, original: Fields, patch: Fields): Fields {
  if (Object.hasOwn(patch, directive)) return replacedObject(patch)
  const result = retained(original, patch)
  for (const [key, value] of Object.entries(patch)) {
    if (key === retainKeys || key.startsWith(orderPrefix)) continue
    if (key.startsWith(deletePrefix)) {
      removeScalars(result, key.slice(deletePrefix.length), value)
    } else if (value === null) {
      delete result[key]
    } else {
      const field = patchFieldOf(type, key)
      setMember(result, key, mergeValue(key, field, ownMember(result, key), value))
    }
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue
    const name = key.slice(orderPrefix.length)
    order(patchFieldOf(type, name), name, original, patch, result, value)
  }
  return result
}

/** `$patch: replace` puts the rest of the patch in place of the object, `$patch: delete` empties it. */
function replacedObject(patch: Fields): Fields {
  const { [directive]: what, ...rest } = patch
  if (what === 'replace') return rest
  if (what === 'delete') return {}
  throw badRequest(`unknown patch type: ${jsonText(what)} in map: ${jsonText(patch)}`)
}

/** A copy of what `$retainKeys` leaves of the original. */
function retained(original: Fields, patch: Fields): Fields {
  const keys = patch[retainKeys]
  if (keys === undefined) return { ...original }
  const contradicts = Object.keys(patch).some(
    (key) => !key.startsWith('$') && patch[key] !== null && !(Array.isArray(keys) && keys.includes(key)),
  )
  if (!Array.isArray(keys) || contradicts)
    throw badRequest('invalid patch format of retainKeys: all keys of the patch have to be in $retainKeys')
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.includes(key)))
}

function mergeValue(name: string, field: PatchField, original: unknown, patch: unknown): unknown {
  if (isPlainObject(original) && isPlainObject(patch) && !field.replaces)
    return mergeObject(field.type, original, patch)
  if (Array.isArray(patch) && field.merges)
    return mergeList(name, field, Array.isArray(original) ? original : [], patch)
  return withoutDirectives(patch)
}

function mergeList(name: string, field: PatchField, original: unknown[], patch: unknown[]): unknown[] {
  const { mergeKey } = field
  if (!patch.some(isPlainObject)) {
    if (patch.some(Array.isArray)) throw unprocessable(`list of lists is not supported: ${name}`)
    return [...new Set([...original, ...patch])]
  }
  const items = patch.map((item) => objectIn(name, item))
  if (items.some((item) => item[directive] === 'replace'))
    return items.filter((item) => !Object.hasOwn(item, directive)).map(withoutDirectives)
  if (!mergeKey) throw unprocessable(`cannot merge list ${name}: its type has no merge key`)

  const key = (item: unknown): unknown => keyOf(item, mergeKey)
  const result = [...original]
  const element = field.type?.kind === 'list' ? field.type.items : undefined
  for (const item of items) {
    const what = item[directive]
    if (what !== undefined && what !== 'delete' && what !== 'merge')
      throw badRequest(`unknown patch type: ${jsonText(what)} in map: ${jsonText(item)}`)
    const { [directive]: _, ...content } = item
    const wanted = key(content)
    if (what === 'delete') {
      for (let i = result.length - 1; i >= 0; i--) if (jsonEqual(key(result[i]), wanted)) result.splice(i, 1)
      continue
    }
    const at = result.findIndex((present) => jsonEqual(key(present), wanted))
    const present = at < 0 ? undefined : result[at]
    if (isPlainObject(present)) result[at] = mergeObject(element, present, content)
    else result.push(withoutDirectives(content))
  }
  return result
}

function objectIn(name: string, item: unknown): Fields {
  if (!isPlainObject(item)) throw unprocessable(`expected a list of objects: ${name}`)
  return item
}

function keyOf(item: unknown, mergeKey: string): unknown {
  if (isPlainObject(item) && item[mergeKey] !== undefined) return item[mergeKey]
  throw unprocessable(`map: ${jsonText(item)} does not contain declared merge key: ${mergeKey}`)
}

function removeScalars(result: Fields, name: string, values: unknown): void {
  if (!Array.isArray(values)) throw badRequest(`invalid patch format of primitive list: ${name}`)
  const present = ownMember(result, name)
  if (Array.isArray(present)) result[name] = present.filter((item) => !values.includes(item))
}

/** Brings the list `name` into the order of its `$setElementOrder`. */
function order(field: PatchField, name: string, original: Fields, patch: Fields, result: Fields, wanted: unknown) {
  if (!Array.isArray(wanted)) throw badRequest(`invalid patch format of setElementOrder list: ${name}`)
  const list = ownMember(result, name)
  if (!Array.isArray(list)) return
  const { mergeKey } = field
  const identity = (item: unknown) => (mergeKey && isPlainObject(item) ? keyOf(item, mergeKey) : item)
  const keys = wanted.map(identity)
  const patched = ownMember(patch, name)
  const forgotten = Array.isArray(patched) && patched.some((item) => isKept(item) && !keys.includes(identity(item)))
  if (forgotten)
    throw badRequest(
      `the order in patch list: ${jsonText(patched)} doesn't match $setElementOrder list: ${jsonText(wanted)}`,
    )
  const before = ownMember(original, name)
  result[name] = orderItems(list, keys, Array.isArray(before) ? before.map(identity) : [], identity)
}

const isKept = (item: unknown) => !isPlainObject(item) || !Object.hasOwn(item, directive)

/** A value that is new: nothing to merge with, so directives have done their work, and nulls and deletions mean nothing. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !(isPlainObject(item) && item[directive] !== undefined)).map(withoutDirectives)
  if (!isPlainObject(value)) return value
  const entries = Object.entries(value).filter(([key, member]) => !isDirective(key) && member !== null)
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutDirectives(member)]))
}

const isDirective = (key: string): boolean =>
  key === directive || key === retainKeys || key.startsWith(deletePrefix) || key.startsWith(orderPrefix)
