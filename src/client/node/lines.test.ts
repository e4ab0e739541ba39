import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineSplitter } from './lines.ts'

test('however a text is cut, its lines come out', () => {
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

test('a line of 64 MB in small pieces takes well under a second of computing', () => {
  const split = lineSplitter()
  const piece = Buffer.alloc(16_384, 'a')
  const start = process.cpuUsage()
  for (let i = 0; i < 4096; i++) expect(split(piece)).toEqual([])
  expect(split(Buffer.from('\n'))[0]).toHaveLength(64 << 20)
  const { user, system } = process.cpuUsage(start)
  expect((user + system) / 1e6).toBeLessThan(2)
})
