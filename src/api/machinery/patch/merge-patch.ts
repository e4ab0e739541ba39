import { isPlainObject } from '../decode/decode-scalar.ts'

/** JSON merge patch, RFC 7386: null removes, objects merge, everything else replaces. Inputs stay as they are. */
export function mergePatch(original: unknown, patch: unknown): unknown {
  if (!isPlainObject(patch)) return patch
  const result: Record<string, unknown> = isPlainObject(original) ? { ...original } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value)
  }
  return result
}
