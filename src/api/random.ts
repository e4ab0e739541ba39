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
export function uuidOf([a = 0, b = 0, c = 0, d = 0]: ArrayLike<number> & Iterable<number>): string {
  const [second, third] = [hex(b), hex(((c & 0x3fffffff) | 0x80000000) >>> 0)]
  return `${hex(a)}-${second.slice(0, 4)}-4${second.slice(5)}-${third.slice(0, 4)}-${third.slice(4)}${hex(d)}`
}

const hex = (part: number): string => part.toString(16).padStart(8, '0')

/** The letters of generated names: no vowels and no lookalikes, so that no words come out of it. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** `length` random letters and digits as they are used in generated names (`web-7c5d8`). */
export function randomSuffix(random: Random, length = 5): string {
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[Math.floor(random.next() * alphabet.length)]
  return text
}
