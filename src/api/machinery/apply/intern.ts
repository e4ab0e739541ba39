import type { FieldSet } from './field-set.ts'

/** So many sets are kept for others to share. */
const maxKnown = 2000

const known = new Map<string, FieldSet>()

/** One set in the place of all equal ones: the pods of a Deployment have the same fields, and sets are never changed. */
export function interned(set: FieldSet): FieldSet {
  const text = JSON.stringify(set)
  const present = known.get(text)
  if (present) return present
  if (known.size === maxKnown) known.clear()
  known.set(text, set)
  return set
}
