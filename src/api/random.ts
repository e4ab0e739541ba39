/** Chance, given and not taken, so that a seed makes a whole run repeatable. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number
  /** A random (version 4) UUID. */
  uuid(): string
}

/** The platform's own source. */
export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => crypto.randomUUID(),
}

/** The letters of generated names: no vowels and no lookalikes, so that no words come out of it. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** `length` random letters and digits as they are used in generated names (`web-7c5d8`). */
export function randomSuffix(random: Random, length = 5): string {
  return Array.from({ length }, () => alphabet[Math.floor(random.next() * alphabet.length)]).join('')
}
