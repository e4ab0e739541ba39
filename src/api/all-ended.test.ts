import { expect, test } from 'vitest'
import { allEnded } from './all-ended.ts'

test('all results come in order', async () => {
  expect(await allEnded([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2])
})

test('a failure comes when the others have ended; the first in the list counts', async () => {
  const slow = Promise.withResolvers<void>()
  const seen: string[] = []
  const all = allEnded([slow.promise, Promise.reject(new Error('second'))]).catch((error: Error) => {
    seen.push(error.message)
  })
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  expect(seen).toEqual([])
  slow.reject(new Error('first'))
  await all
  expect(seen).toEqual(['first'])
})
