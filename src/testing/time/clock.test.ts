import { expect, test } from 'vitest'
import { sleep } from '../../api/clock.ts'
import { parseDuration } from '../duration.ts'
import { virtualClock } from './clock.ts'

test('timers run in order, each at its own time, and may set others', async () => {
  const clock = virtualClock(0)
  const seen: [string, number][] = []
  const note = (name: string) => () => void seen.push([name, clock.now()])
  clock.after(300, note('c'))
  clock.after(100, note('a'))
  clock.after(100, note('b'))
  const cancel = clock.after(200, note('never'))
  clock.after(50, () => {
    cancel()
    clock.after(400, note('d'))
  })
  await clock.advance('449ms')
  expect(seen).toEqual([
    ['a', 100],
    ['b', 100],
    ['c', 300],
  ])
  expect(clock.nextTimer).toBe(450)
  await clock.advance(1)
  expect(seen.at(-1)).toEqual(['d', 450])
  expect(clock.nextTimer).toBeUndefined()
})

test('promises settle between timers: a loop of sleeps runs through', async () => {
  const clock = virtualClock()
  let rounds = 0
  const loop = (async () => {
    for (; rounds < 1000; rounds++) await sleep(clock, 1000)
  })()
  await clock.advance('16m40s')
  await loop
  expect(rounds).toBe(1000)
})

test('many timers in random order', async () => {
  const clock = virtualClock(0, async () => {})
  const seen: number[] = []
  const delays = Array.from({ length: 2000 }, (_, i) => (i * 7919) % 1009)
  for (const delay of delays) clock.after(delay, () => seen.push(delay))
  await clock.advance('2s')
  expect(seen).toEqual([...delays].sort((a, b) => a - b))
})

test('durations', () => {
  expect(parseDuration('1h30m')).toBe(5_400_000)
  expect(parseDuration('1.5s')).toBe(1500)
  expect(() => parseDuration('10')).toThrow('not a duration: "10"')
  expect(() => parseDuration('')).toThrow()
})
