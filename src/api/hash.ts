import { canonicalJson } from './machinery/json/canonical-json.ts'

/** The characters of hashes in names, as in generated names: no vowels, no lookalikes. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A short hash of a JSON value for `pod-template-hash` and `controller-revision-hash`: the same for equal values,
 * for any order of keys; absent and undefined fields are equal. `salt` gives another hash after a collision.
 */
export function hashObject(value: unknown, salt?: number): string {
  return safeEncode(fnv1a(`${canonicalJson(value)}${salt === undefined ? '' : `#${salt}`}`))
}

/** A number as letters and digits that are safe in names. */
export function safeEncode(hash: number): string {
  return String(hash).replace(/\d/g, (digit) => alphabet[digit.charCodeAt(0) % alphabet.length] ?? '')
}

/** FNV-1a, 32 bit, over the UTF-8 bytes. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return hash >>> 0
}
