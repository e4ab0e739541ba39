import { isPlainObject } from '../decode/decode-scalar.ts'
import { ownMember } from '../json/own-member.ts'
import { setMember } from '../json/set-member.ts'
import { isEmpty } from './field-set.ts'
import { type FieldType, formOf, type ListType, type MapType, memberType } from './field-type.ts'
import { itemElement } from './list-items.ts'

/**
 * The live object with what a manifest says: its scalars and atomic values replace those of the object, all else merges.
 * The answer shares with both what has not changed.
 */
export function merge(type: FieldType, live: unknown, config: unknown): unknown {
  if (config === undefined || live === config) return live
  if (live === undefined) return config
  const form = formOf(type, config === null ? live : config)
  if (live !== null && formOf(type, live) !== form) return config
  if (holdsNothing(live) && holdsNothing(config)) return config
  if (form === 'map' && type.map && !type.map.isAtomic) return mergeMaps(type.map, live, config)
  if (form === 'list' && type.list && type.list.by !== 'nothing') return mergeLists(type.list, live, config)
  return config
}

const holdsNothing = (value: unknown): boolean => value === null || (typeof value === 'object' && isEmpty(value))

function mergeMaps(map: MapType, live: unknown, config: unknown): unknown {
  if (!isPlainObject(config)) return live
  const result: Record<string, unknown> = isPlainObject(live) ? { ...live } : {}
  for (const name in config)
    setMember(result, name, merge(memberType(map, name) ?? {}, ownMember(result, name), config[name]))
  return result
}

/**
 * Items of the manifest stand in its order; the others stay where they stood in relation to those. An item that the live
 * list has several times is replaced by the one of the manifest.
 */
function mergeLists(list: ListType, live: unknown, config: unknown): unknown {
  const left = Array.isArray(live) ? live : []
  const right = Array.isArray(config) ? config : []
  const present = left.map((item) => itemElement(list, item))
  const wanted = right.map((item) => itemElement(list, item))
  const inRight = new Set(wanted)
  const counts = new Map<string, number>()
  for (const element of present) counts.set(element, (counts.get(element) ?? 0) + 1)
  const merged = right.map((item, i) => {
    const element = wanted[i] ?? ''
    return counts.get(element) === 1 ? merge(list.items, left[present.indexOf(element)], item) : item
  })
  const shared = wanted.filter((element) => counts.has(element))
  return interleave(left, present, merged, wanted, inRight, shared)
}

/** Goes through both lists at once; `shared` are the common items in the manifest's order. */
function interleave(
  left: readonly unknown[],
  present: readonly string[],
  merged: readonly unknown[],
  wanted: readonly string[],
  inRight: ReadonlySet<string>,
  shared: readonly string[],
): unknown[] {
  const result: unknown[] = []
  const done = new Set<string>()
  let [l, r, next] = [0, 0, 0]
  const take = () => {
    const element = wanted[r] ?? ''
    done.add(element)
    result.push(merged[r++])
    if (shared[next] === element) next++
  }
  while (l < left.length || r < merged.length) {
    const element = present[l]
    if (element !== undefined && r < merged.length) {
      if (element === wanted[r]) {
        take()
        l++
        continue
      }
      // Common to both, but its turn in the manifest's order has not come, or is over.
      if (inRight.has(element) && shared[next] !== undefined && shared[next] !== element) {
        l++
        continue
      }
    }
    if (element !== undefined) {
      if (!inRight.has(element)) {
        result.push(left[l++])
        continue
      }
      if (done.has(element)) l++
    }
    if (r < merged.length) take()
  }
  return result
}
