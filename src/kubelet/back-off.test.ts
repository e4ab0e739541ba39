import { expect, test } from 'vitest'
import { BackOff } from './back-off.ts'

test('no pause at first, then 10 s doubling to 5 min, forgotten after 10 min', () => {
  const backOff = new BackOff()
  const pauses: number[] = []
  let now = 1_000_000
  for (let i = 0; i < 8; i++) {
    const until = backOff.until('x', now)
    pauses.push(Math.max(0, until - now) / 1000)
    now = Math.max(now, until)
    backOff.next('x', now)
    now += 1000
  }
  expect(pauses).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  now += 601_000
  expect(backOff.until('x', now)).toBe(0)
  backOff.next('x', now)
  expect(backOff.until('x', now + 1) - now - 1).toBe(10_000)
  expect(backOff.until('y', now)).toBe(0)
})
