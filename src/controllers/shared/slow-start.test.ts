import { expect, test } from 'vitest'
import { nextTurn } from '../../api/turn.ts'
import { slowStart } from './slow-start.ts'

test('batches double, and no batch starts after a failure', async () => {
  const batches: number[] = []
  let begun = 0
  let turn = 0
  const one = (failAt: number) => async () => {
    begun++
    const batch = turn
    batches[batch] = (batches[batch] ?? 0) + 1
    await nextTurn()
    turn = batch + 1
    if (begun >= failAt) throw new Error('enough')
    return begun
  }
  expect((await slowStart(20, one(100))).done).toHaveLength(20)
  expect(batches).toEqual([1, 2, 4, 8, 5])

  batches.length = 0
  begun = 0
  turn = 0
  const { error } = await slowStart(500, one(3))
  expect(batches).toEqual([1, 2])
  expect(String(error)).toBe('Error: enough')
})
