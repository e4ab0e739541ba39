import { jsonEqual } from '../json/json-equal.ts'
import { collapse } from './collapse.ts'
import { compare } from './compare.ts'
import type { Conflict } from './conflict.ts'
import { difference, type FieldSet, intersection, isEmpty, union, without } from './field-set.ts'
import type { Comparison, FieldType } from './field-type.ts'
import { fieldsOf } from './fields-of.ts'
import { merge } from './merge.ts'
import { capped, inOrder, isSameOwner, type Owner, ownerOf, untracked, withFields } from './owners.ts'
import { clear, remove, withNamedFields } from './remove.ts'
import { type Writing, withoutReset } from './update.ts'

/** The versions of a kind that owners may have their fields in. */
export interface Versions {
  /** Undefined for a version that is no more. */
  type(apiVersion: string): FieldType | undefined
  /** The object in another version; called for different ones only. */
  convert(object: unknown, from: string, to: string): unknown
}

/** What is applied, to what, and by whom. */
export interface Application extends Writing {
  /** Both in the version of `by`. */
  live: unknown
  config: unknown
  owners: readonly Owner[]
  /** What this write may not change: it gets no owner by it. */
  reset: FieldSet | undefined
  force: boolean
  versions: Versions
}

/** The object and its owners afterwards, or the conflicts that prevent it. `object` is undefined if it stays as it is. */
export type Applied = { object: unknown; owners: readonly Owner[] } | { conflicts: readonly Conflict[] }

/**
 * Server-side apply ('Server-Side Apply'): merges a manifest into the live object, removes what its owner applied before
 * and nobody owns any more, and passes the ownership of what it says. Pure. Without `force` it takes no field from another
 * owner unless the value is the same.
 */
export async function apply({ by, time, live, config, owners, reset, force, versions }: Application): Promise<Applied> {
  const { apiVersion } = by
  const type = versions.type(apiVersion) ?? {}
  const present = owners.flatMap((owner) => reconciled(owner, versions) ?? [])
  const last = present.find((owner) => isSameOwner(owner, by))
  const fields = without(fieldsOf(type, config), reset)
  const own = ownerOf(by, fields, last?.time)
  const others = present.filter((owner) => owner !== last)
  const merged = merge(type, live, config)
  const wanted = last ? await pruned({ config, merged, last, owners: [...others, own], apiVersion, versions }) : merged

  const conflicts: Conflict[] = []
  const left: Owner[] = []
  const changesIn = comparer({ live, wanted, apiVersion, versions, reset })
  for (const owner of others) {
    const { removed, modified, added } = await changesIn(owner.apiVersion)
    const taken = intersection(owner.fieldsV1, union(modified, added))
    if (!isEmpty(taken)) conflicts.push({ owner, fields: taken })
    const rest = withFields(owner, difference(difference(owner.fieldsV1, taken), removed))
    if (rest) left.push(rest)
  }
  if (conflicts.length > 0 && !force) return { conflicts }

  const isChanged = !jsonEqual(live, wanted)
  const tracked = difference(fields, untracked)
  if (!isEmpty(tracked)) left.push(ownerOf(by, tracked, isChanged ? time : last?.time))
  return { object: isChanged ? wanted : undefined, owners: inOrder(capped(left)) }
}

/** The owner with its fields as the present schema has them; undefined if its version is no more. */
function reconciled(owner: Owner, versions: Versions): Owner | undefined {
  const type = versions.type(owner.apiVersion)
  return type && withFields(owner, collapse(type, owner.fieldsV1))
}

interface Change {
  live: unknown
  wanted: unknown
  apiVersion: string
  versions: Versions
  reset: FieldSet | undefined
}

/** Compares the objects in each version that is asked for, once. */
function comparer({ live, wanted, apiVersion, versions, reset }: Change) {
  const known = new Map<string, Comparison>()
  return async (version: string): Promise<Comparison> => {
    let found = known.get(version)
    if (!found) {
      const type = versions.type(version) ?? {}
      const before = await inVersion(versions, live, apiVersion, version)
      const after = await inVersion(versions, wanted, apiVersion, version)
      found = withoutReset(compare(type, before, after), reset)
      known.set(version, found)
    }
    return found
  }
}

const inVersion = (versions: Versions, object: unknown, from: string, to: string): unknown =>
  from === to ? object : versions.convert(object, from, to)

interface Pruning {
  config: unknown
  merged: unknown
  /** What the applying owner had before. */
  last: Owner
  /** Everybody now, the applying one with its new fields. */
  owners: readonly Owner[]
  apiVersion: string
  versions: Versions
}

/** The merged object without what `last` applied, and nobody owns now. */
async function pruned({ config, merged, last, owners, apiVersion, versions }: Pruning): Promise<unknown> {
  const version = last.apiVersion
  const type = versions.type(version) ?? {}
  const whole = await inVersion(versions, merged, apiVersion, version)
  const lastFields = withNamedFields(type, last.fieldsV1)
  const bare = clear(type, whole, lastFields)
  const owned = await withOwned(whole, bare, { owners, version, versions })
  const dropped = difference(named(type, whole), named(type, owned))
  // An empty list is no field, but the manifest may say it.
  const said = apiVersion === version ? compare(type, {}, config).added : undefined
  const kept = owners.reduce<FieldSet>(
    (all, owner) => (owner.apiVersion === version ? union(all, owner.fieldsV1) : all),
    said ?? {},
  )
  return inVersion(versions, remove(type, whole, intersection(dropped, lastFields), kept), version, apiVersion)
}

const named = (type: FieldType, value: unknown): FieldSet => withNamedFields(type, fieldsOf(type, value))

/** The bare object with what somebody owns put back from the whole one, in each version that owners write in. */
async function withOwned(
  whole: unknown,
  bare: unknown,
  { owners, version, versions }: { owners: readonly Owner[]; version: string; versions: Versions },
): Promise<unknown> {
  const byVersion = new Map<string, FieldSet>([[version, {}]])
  for (const owner of owners) byVersion.set(owner.apiVersion, union(byVersion.get(owner.apiVersion), owner.fieldsV1))
  let [at, all, left] = [version, whole, bare]
  for (const [next, fields] of byVersion) {
    const type = versions.type(next) ?? {}
    all = await inVersion(versions, all, at, next)
    left = await inVersion(versions, left, at, next)
    at = next
    const keep = union(named(type, left), withNamedFields(type, fields))
    left = clear(type, all, difference(named(type, all), keep))
  }
  return inVersion(versions, left, at, version)
}
