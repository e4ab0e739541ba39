import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../api/clock.ts'
import { linuxFiles } from '../host/linux-files.ts'
import { type LogOptions, readLog } from './read.ts'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8ts-log-'))
  path = join(folder, '0.log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const row = (second: number, text: string, stream = 'stdout', tag = 'F') =>
  `2026-01-01T00:00:${String(second).padStart(2, '0')}.123456789Z ${stream} ${tag} ${text}\n`
const base = (isRunning = () => false, signal = new AbortController().signal) => ({
  files: linuxFiles,
  path,
  clock: systemClock,
  isRunning,
  signal,
})
async function read(options: Partial<LogOptions> = {}): Promise<string> {
  let text = ''
  for await (const chunk of readLog(base(), { follow: false, timestamps: false, ...options }))
    text += new TextDecoder().decode(chunk)
  return text
}

test.each<[string, Partial<LogOptions>, string]>([
  ['all', {}, 'one\ntwo, in pieces\nthree\n'],
  ['tail 1', { tailLines: 1 }, 'three\n'],
  ['tail 0', { tailLines: 0 }, ''],
  ['tail 100', { tailLines: 100 }, 'one\ntwo, in pieces\nthree\n'],
  ['since', { since: Date.parse('2026-01-01T00:00:03Z') }, 'three\n'],
  ['limit', { limitBytes: 6 }, 'one\ntw'],
  ['timestamps', { timestamps: true, tailLines: 1 }, '2026-01-01T00:00:03.123456789Z three\n'],
  ['one stream', { stream: 'stderr' }, 'three\n'],
])('%s', async (_, options, want) => {
  writeFileSync(path, row(1, 'one') + row(2, 'two, ', 'stdout', 'P') + row(2, 'in pieces') + row(3, 'three', 'stderr'))
  expect(await read(options)).toBe(want)
})

test('a missing file is an empty log, noise is left out, a long log keeps its umlauts', async () => {
  expect(await read()).toBe('')
  const lines = Array.from({ length: 4000 }, (_, i) => `Zeile ${i} äöü`)
  writeFileSync(path, `noise\n${lines.map((l) => row(1, l)).join('')}`)
  expect(await read()).toBe(lines.map((l) => `${l}\n`).join(''))
  expect(await read({ tailLines: 3000 })).toBe(
    lines
      .slice(-3000)
      .map((l) => `${l}\n`)
      .join(''),
  )
})

test('follows, through a rotation, until the container has ended', async () => {
  writeFileSync(path, row(1, 'one'))
  let running = true
  let text = ''
  const seen = (wanted: string) => vi.waitUntil(() => text.includes(wanted), { timeout: 10_000, interval: 5 })
  const done = (async () => {
    const source = base(() => running)
    for await (const chunk of readLog(source, { follow: true, timestamps: false }))
      text += new TextDecoder().decode(chunk)
  })()
  await seen('one')
  appendFileSync(path, row(2, 'two'))
  await seen('two')
  renameSync(path, `${path}.20260101`)
  writeFileSync(path, row(3, 'three'))
  await seen('three')
  appendFileSync(path, row(4, 'four'))
  running = false
  await done
  expect(text).toBe('one\ntwo\nthree\nfour\n')
})
