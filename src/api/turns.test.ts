import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('one key has one writer at a time, in the order they came; others do not wait; a failure passes the turn on', async () => {
  const turns = new Turns()
  const seen: string[] = []
  const gates = new Map<string, () => void>()
  const write = (key: string, name: string) =>
    turns.take(key, async () => {
      seen.push(`${name} begins`)
      await new Promise<void>((resolve) => gates.set(name, resolve))
      seen.push(`${name} ends`)
      if (name === 'first') throw new Error('failed')
      return name
    })
  const first = write('a', 'first').catch((error: Error) => error.message)
  const second = write('a', 'second')
  const third = write('a', 'third')
  const other = write('b', 'other')
  await Promise.resolve()
  expect(seen).toEqual(['first begins', 'other begins'])
  gates.get('other')?.()
  expect(await other).toBe('other')
  gates.get('first')?.()
  expect(await first).toBe('failed')
  await expect.poll(() => seen.at(-1)).toBe('second begins')
  gates.get('second')?.()
  expect(await second).toBe('second')
  await expect.poll(() => seen.at(-1)).toBe('third begins')
  gates.get('third')?.()
  expect(await third).toBe('third')
})
