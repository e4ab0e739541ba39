import { expect, test } from 'vitest'
import { virtualClock } from '../testing/time/clock.ts'
import { conditionOf, isConditionTrue, withCondition } from './conditions.ts'

const ready = { type: 'Ready', status: 'True', reason: 'Up', message: 'it is up' }

test('a condition keeps its time while its status stays, and its place among the others', async () => {
  const clock = virtualClock('2026-01-01T00:00:00Z')
  const first = withCondition([{ ...ready, type: 'Other', lastTransitionTime: 'x' }], ready, clock)
  expect(conditionOf(first, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:00:00Z')

  await clock.advance('1m')
  expect(withCondition(first, ready, clock)).toBe(first)
  const reworded = withCondition(first, { ...ready, message: 'still up' }, clock)
  expect(conditionOf(reworded, 'Ready')).toMatchObject({
    message: 'still up',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })

  const down = withCondition(reworded, { ...ready, status: 'False' }, clock)
  expect(down.map(({ type }) => type)).toEqual(['Other', 'Ready'])
  expect(conditionOf(down, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:01:00Z')
  expect(isConditionTrue(first, 'Ready')).toBe(true)
  expect(isConditionTrue(down, 'Ready')).toBe(false)
  expect(isConditionTrue(undefined, 'Ready')).toBe(false)
})
