import { compare } from './compare.ts'
import { difference, type FieldSet, isEmpty, union, without } from './field-set.ts'
import type { Comparison, FieldType } from './field-type.ts'
import { fieldsOf } from './fields-of.ts'
import { interned } from './intern.ts'
import { capped, inOrder, isSameOwner, type Owner, type OwnerName, ownerOf, untracked, withFields } from './owners.ts'

/** A write by an owner, at a time (RFC 3339). */
export interface Writing {
  by: OwnerName
  time: string
}

/**
 * The owners after an update: the writer has what it has changed or added, and nobody what is gone. `changesIn` tells what
 * the write changes, in each version that owners have their fields in; undefined for a version that is no more.
 */
export function updatedOwners(
  owners: readonly Owner[],
  { by, time }: Writing,
  changesIn: (apiVersion: string) => Comparison | undefined,
): readonly Owner[] {
  const { modified, added } = changesIn(by.apiVersion) ?? {}
  const taken = modified || added ? difference(union(modified, added), untracked) : undefined
  const takes = taken !== undefined && !isEmpty(taken)
  const result: Owner[] = []
  let own: Owner | undefined
  for (const owner of owners) {
    if (takes && isSameOwner(owner, by)) {
      own = owner
      continue
    }
    const left = afterChanges(owner, changesIn(owner.apiVersion))
    if (left) result.push(left)
  }
  if (takes) {
    const kept = own && difference(own.fieldsV1, changesIn(by.apiVersion)?.removed)
    const fields = union(kept, taken)
    result.push(ownerOf(by, fields === own?.fieldsV1 ? fields : interned(fields), time))
  }
  return inOrder(capped(result))
}

/** The owner of all of an object that nobody has owned anything of. */
export const ownersOfAll = (
  type: FieldType,
  object: unknown,
  reset: FieldSet | undefined,
  writing: Writing,
): readonly Owner[] => updatedOwners([], writing, () => withoutReset(compare(type, {}, object), reset))

/** Whether an apply of this manifest owns anything. */
export const ownsAnything = (type: FieldType, config: unknown, reset: FieldSet | undefined): boolean =>
  !isEmpty(difference(without(fieldsOf(type, config), reset), untracked))

/** The owner without the fields that another has changed, or that are gone. */
function afterChanges(owner: Owner, changes: Comparison | undefined): Owner | undefined {
  if (!changes) return undefined
  const { removed, modified, added } = changes
  const left = [removed, modified, added].reduce<FieldSet>((fields, gone) => difference(fields, gone), owner.fieldsV1)
  return withFields(owner, left === owner.fieldsV1 ? left : interned(left))
}

/** The changes without those in `reset`: what the server takes back anyway. */
export function withoutReset({ removed, modified, added }: Comparison, reset: FieldSet | undefined): Comparison {
  if (!reset) return { removed, modified, added }
  const rest = (set: FieldSet | undefined) => {
    const left = set && without(set, reset)
    return left && !isEmpty(left) ? left : undefined
  }
  return { removed: rest(removed), modified: rest(modified), added: rest(added) }
}
