import { fnv1a } from '../../api/hash.ts'
import { type Random, uuidOf } from '../../api/random.ts'

/** Chance that is the same for the same seed (mulberry32). Not for secrets. */
export function seededRandom(seed: number | string): Random {
  let state = typeof seed === 'number' ? seed >>> 0 : fnv1a(seed)

  function bits(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    next: () => bits() / 2 ** 32,
    uuid: () => uuidOf([bits(), bits(), bits(), bits()]),
  }
}
