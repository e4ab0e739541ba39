import fc from 'fast-check'
import { expect, test } from 'vitest'
import { handOf } from './shuffle-sharding.ts'

test('a hand is different queues, and always the same ones', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 10 }),
      (flow, queues, size) => {
        const hand = handOf(flow, queues, size)
        expect(new Set(hand).size).toBe(Math.min(size, queues))
        for (const queue of hand) expect(queue >= 0 && queue < queues).toBe(true)
        expect(handOf(flow, queues, size)).toEqual(hand)
      },
    ),
  )
})

test('hands spread over all queues, and few are covered by another', () => {
  const counts = new Array<number>(128).fill(0)
  const noisy = new Set(handOf('schema\nnoisy', 128, 6))
  let covered = 0
  for (let i = 0; i < 10_000; i++) {
    const hand = handOf(`schema\nuser-${i}`, 128, 6)
    for (const queue of hand) counts[queue] = (counts[queue] ?? 0) + 1
    if (hand.every((queue) => noisy.has(queue))) covered++
  }
  const mean = (10_000 * 6) / 128
  for (const count of counts) expect(Math.abs(count - mean)).toBeLessThan(mean / 3)
  expect(covered).toBe(0)
})
