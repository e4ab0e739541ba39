import { isPlainObject } from '../decode/decode-scalar.ts'
import { ownMember } from '../json/own-member.ts'
import { setMember } from '../json/set-member.ts'

/**
 * JSON merge patch, RFC 7386: null removes, objects merge, everything else replaces. As upstream's library does it, new
 * lists lose the nulls in their objects, too. Inputs stay as they are.
 */
export function mergePatch(original: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.map((item) => (item === null ? item : mergePatch(undefined, item)))
  if (!isPlainObject(patch)) return patch
  const result: Record<string, unknown> = isPlainObject(original) ? { ...original } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else setMember(result, key, mergePatch(ownMember(result, key), value))
  }
  return result
}
