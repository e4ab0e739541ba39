import { expect, test } from 'vitest'
import { sleep } from '../../api/clock.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { endingClock } from './waits.ts'

test('the end releases all waits, once', async () => {
  const time = virtualClock(0)
  const clock = endingClock(time)
  const woken: string[] = []
  clock.after(10, () => woken.push('in time'))
  clock.after(20, () => woken.push('cancelled'))()
  const hour = sleep(clock, 3_600_000).then(() => woken.push('an hour'))
  await time.advance(15)
  clock.end()
  await hour
  await time.advance('2h')
  expect(woken).toEqual(['in time', 'an hour'])
  expect(time.nextTimer).toBeUndefined()
})
