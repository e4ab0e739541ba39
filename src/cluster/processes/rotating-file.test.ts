import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rotatingFile } from './rotating-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync('/tmp/k8ts-rotating-')
})
afterEach(() => rmSync(folder, { recursive: true }))

const day = 24 * 3600_000
const start = Date.parse('2026-01-01T00:00:00Z')

test('a full file gets the time in its name; old ones go', () => {
  let now = start
  const options = { maxBytes: 10, maxBackups: 2, maxAgeMs: 10 * day, compress: false }
  const file = rotatingFile(join(folder, 'audit.log'), options, () => now)
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n', 'fifth\n', 'a line longer than the limit\n', 'end\n']) {
    file.write(line)
    now += 1000
  }
  file.close()
  const names = readdirSync(folder).sort()
  expect(names).toHaveLength(3)
  expect(names[0]).toMatch(/^audit-2026-01-01T00-00-0\d\.000\.log$/)
  expect(names[2]).toBe('audit.log')
  expect(readFileSync(join(folder, 'audit.log'), 'utf8')).toBe('end\n')

  now += 11 * day
  const later = rotatingFile(join(folder, 'audit.log'), options, () => now)
  later.write('after\n')
  later.write('eleven days\n')
  later.close()
  expect(readdirSync(folder).sort()).toEqual([expect.stringMatching(/^audit-2026-01-12T/), 'audit.log'])
})

test('full files are compressed where that is asked for', async () => {
  const options = { maxBytes: 4, maxBackups: 0, maxAgeMs: 0, compress: true }
  const file = rotatingFile(join(folder, 'audit.log'), options, () => start)
  file.write('one\n')
  file.write('two\n')
  file.close()
  const packed = join(folder, 'audit-2026-01-01T00-00-00.000.log.gz')
  await expect.poll(() => readdirSync(folder).sort()).toEqual(['audit-2026-01-01T00-00-00.000.log.gz', 'audit.log'])
  expect(gunzipSync(readFileSync(packed)).toString()).toBe('one\n')
})
