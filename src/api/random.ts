/** Chance, given and not taken, so that a seed makes a whole run repeatable. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number
  /** A random (version 4) UUID. */
  uuid(): string
}

/** The platform's own source. A page that came over plain HTTP from another machine has random bits, but no UUIDs. */
export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => crypto.randomUUID?.() ?? uuidOf(crypto.getRandomValues(new Uint32Array(4))),
}

/** A version 4 UUID (RFC 9562) of four times 32 random bits. */
export function uuidOf(bits: Iterable<number>): string {
  const hex = Array.from(bits, (part) => part.toString(16).padStart(8, '0')).join('')
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4]
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-')
}

/** The letters of generated names: no vowels and no lookalikes, so that no words come out of it. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** `length` random letters and digits as they are used in generated names (`web-7c5d8`). */
export function randomSuffix(random: Random, length = 5): string {
  return Array.from({ length }, () => alphabet[Math.floor(random.next() * alphabet.length)]).join('')
}
