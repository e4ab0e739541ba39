import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { lineSplitter } from './lines.ts'

test('finds the lines of a text however it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat(50)), (strings, cuts) => {
      const lines = strings.map((line) => line.replaceAll('\n', ''))
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      const expected = bytes.toString('utf8').split('\n').slice(0, -1)
      const split = lineSplitter()
      const seen: string[] = []
      let rest = bytes
      for (const cut of cuts) {
        seen.push(...split(rest.subarray(0, cut)))
        rest = rest.subarray(cut)
      }
      seen.push(...split(rest))
      expect(seen).toEqual(expected)
    }),
  )
})

test('searches and copies a line in small pieces once, not again with each piece', () => {
  const split = lineSplitter()
  const concat = vi.spyOn(Buffer, 'concat')
  const searched = vi.spyOn(Buffer.prototype, 'indexOf')
  onTestFinished(() => void vi.restoreAllMocks())
  const piece = Buffer.alloc(1024, 'a')
  for (let i = 0; i < 100; i++) expect(split(piece)).toEqual([])
  expect(concat).not.toHaveBeenCalled()
  expect(split(Buffer.from('\n'))[0]).toHaveLength(100 * 1024)
  expect(concat).toHaveBeenCalledTimes(1)
  const bytes = searched.mock.contexts.map((buffer) => (buffer as Buffer).length)
  expect(bytes.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(100 * 1024 + 2)
})
