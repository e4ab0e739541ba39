import { isPlainObject } from '../../api/machinery/decode/decode-scalar.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { ownMember } from '../../api/machinery/json/own-member.ts'
import { setMember } from '../../api/machinery/json/set-member.ts'
import { type PatchField, patchFieldOf } from '../../api/machinery/patch/patch-field.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'

type Fields = Record<string, unknown>

/** The three states that an apply compares. */
export interface ThreeWay {
  /** The last applied manifest; empty if unknown. */
  original: unknown
  /** The manifest to apply. */
  modified: unknown
  /** The server's object. */
  current: unknown
}

/**
 * The patch that brings `current` to `modified`: it removes what `original` has and `modified` lacks, and keeps what is in
 * neither, since others have set that. With a `type` it is a strategic merge patch, which merges lists by the type's
 * rules; without, a JSON merge patch. An empty object: there is nothing to do. The rules are those of `kubectl apply`
 * ('Declarative Management of Kubernetes Objects Using Configuration Files').
 * @throws Error if an item of a merged list lacks its merge key.
 */
export function threeWayPatch({ original, modified, current }: ThreeWay, type?: Message): Fields {
  return patchObject(objectOf(original), objectOf(modified), objectOf(current), { type, retainsKeys: false })
}

const objectOf = (value: unknown): Fields => (isPlainObject(value) ? value : {})
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

type Rules = Pick<PatchField, 'type' | 'retainsKeys'>

function patchObject(original: Fields, modified: Fields, current: Fields, { type, retainsKeys }: Rules): Fields {
  const patch: Fields = {}
  for (const [key, wanted] of Object.entries(modified)) {
    const present = ownMember(current, key)
    const field = patchFieldOf(type, key)
    if (isPlainObject(wanted) && isPlainObject(present) && !field.replaces) {
      const inner = patchObject(objectOf(ownMember(original, key)), wanted, present, field)
      if (Object.keys(inner).length > 0) setMember(patch, key, inner)
    } else if (Array.isArray(wanted) && listOf(present).length > 0 && field.merges) {
      Object.assign(patch, patchList(key, listOf(ownMember(original, key)), wanted, listOf(present), field))
    } else if (wanted === null || !jsonEqual(wanted, present)) {
      setMember(patch, key, wanted)
    }
  }
  for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) setMember(patch, key, null)
  const kept = retainsKeys ? Object.keys(modified).filter((key) => modified[key] !== null) : []
  const isMore = Object.keys(current).some((key) => !Object.hasOwn(modified, key))
  if (kept.length > 0 && (isMore || Object.keys(patch).length > 0)) patch.$retainKeys = kept.sort()
  return patch
}

/** The members of a patch that update a merged list. */
function patchList(
  name: string,
  original: unknown[],
  modified: unknown[],
  current: unknown[],
  field: PatchField,
): Fields {
  return field.mergeKey === undefined
    ? patchSet(name, original, modified, current)
    : patchItems(name, original, modified, current, field.mergeKey, field)
}

function patchSet(name: string, original: unknown[], modified: unknown[], current: unknown[]): Fields {
  const added = modified.filter((item) => !current.includes(item))
  const removed = [...new Set(original)].filter((item) => !modified.includes(item))
  const isOther = removed.length > 0 || !jsonEqual(modified, current)
  return {
    ...(added.length > 0 && { [name]: added }),
    ...(removed.length > 0 && { [`$deleteFromPrimitiveList/${name}`]: removed }),
    ...(isOther && modified.length > 0 && { [`$setElementOrder/${name}`]: modified }),
  }
}

function patchItems(
  name: string,
  original: unknown[],
  modified: unknown[],
  current: unknown[],
  mergeKey: string,
  { type, retainsKeys }: PatchField,
): Fields {
  const rules = { type: type?.kind === 'list' ? type.items : undefined, retainsKeys }
  const before = new ItemsByKey(original, mergeKey)
  const present = new ItemsByKey(current, mergeKey)
  const changes: Fields[] = []
  for (const item of modified) {
    const key = keyOf(item, mergeKey)
    const wanted = objectOf(item)
    const [was, is] = [before.take(key), present.take(key)]
    if (!is) changes.push(wanted)
    else {
      const change = patchObject(was ?? {}, wanted, is, rules)
      if (Object.keys(change).length > 0) changes.push({ ...change, [mergeKey]: key })
    }
  }
  const deletions = before.rest().map((key) => ({ [mergeKey]: key, $patch: 'delete' }))
  const items = [...changes, ...deletions]
  const order = modified.map((item) => keyOf(item, mergeKey))
  const isOther =
    items.length > 0 ||
    !jsonEqual(
      order,
      current.map((item) => keyOf(item, mergeKey)),
    )
  return {
    ...(items.length > 0 && { [name]: items }),
    ...(isOther && order.length > 0 && { [`$setElementOrder/${name}`]: order.map((key) => ({ [mergeKey]: key })) }),
  }
}

/** Items to match with others, each once: a Service may have one port twice, for TCP and UDP. */
class ItemsByKey {
  private readonly items = new Map<string, { key: unknown; item: Fields }[]>()

  constructor(items: unknown[], mergeKey: string) {
    for (const item of items) {
      const key = keyOf(item, mergeKey)
      this.items.set(String(key), [...(this.items.get(String(key)) ?? []), { key, item: objectOf(item) }])
    }
  }

  take(key: unknown): Fields | undefined {
    return this.items.get(String(key))?.shift()?.item
  }

  /** The keys of the items without a match. */
  rest(): unknown[] {
    return [...this.items.values()].flatMap((items) => items.map(({ key }) => key))
  }
}

function keyOf(item: unknown, mergeKey: string): unknown {
  const key = isPlainObject(item) ? ownMember(item, mergeKey) : undefined
  if (key === undefined) throw new Error(`map: ${jsonText(item)} does not contain declared merge key: ${mergeKey}`)
  return key
}
