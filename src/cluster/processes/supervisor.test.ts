import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isRunning, type ProcessRecord, recordOf, runningProcess, writeRecord } from './process.ts'
import { Supervisor } from './supervisor.ts'

let dir: string
const program = process.argv[1]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'k8ts-supervisor-'))
  // The supervisor runs its own program: here, one that prints a line and waits.
  const script = join(dir, 'program.mjs')
  writeFileSync(
    script,
    "console.log('started', process.argv[2]); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)",
  )
  process.argv[1] = script
})
afterEach(() => {
  process.argv[1] = program ?? ''
  rmSync(dir, { recursive: true })
})

const record = (name: string): ProcessRecord | undefined => runningProcess(join(dir, 'run', `${name}.json`))

test('a member that is killed comes back; stop ends all', async () => {
  const ended: string[] = []
  const supervisor = new Supervisor({
    members: [
      { name: 'a', args: ['a'] },
      { name: 'b', args: ['b'] },
    ],
    logDir: join(dir, 'logs'),
    runDir: join(dir, 'run'),
    ended: (name, how) => ended.push(`${name} ${how}`),
  })
  try {
    await vi.waitUntil(() => readFileSync(join(dir, 'logs/a.log'), 'utf8').includes('started a'), 5000)
    const first = record('a')
    const other = record('b')
    if (!first || !other) throw new Error('no record')
    process.kill(first.pid, 'SIGKILL')
    await vi.waitUntil(() => (record('a')?.pid ?? first.pid) !== first.pid, 5000)
    expect(ended).toEqual(['a was ended by SIGKILL'])
    expect(record('b')?.pid).toBe(other.pid)
  } finally {
    await supervisor.stop()
  }
  expect(record('a')).toBeUndefined()
  expect(record('b')).toBeUndefined()
  expect(existsSync(join(dir, 'run/supervisor.json'))).toBe(false)
})

test('without its record, nothing is started any more', async () => {
  const supervisor = new Supervisor({
    members: [{ name: 'a', args: ['a'] }],
    logDir: join(dir, 'logs'),
    runDir: join(dir, 'run'),
  })
  try {
    const first = record('a')
    if (!first) throw new Error('no record')
    rmSync(join(dir, 'run'), { recursive: true })
    process.kill(first.pid, 'SIGKILL')
    await supervisor.abandoned
    expect(existsSync(join(dir, 'run'))).toBe(false)
  } finally {
    await supervisor.stop()
  }
})

test('a process is not mistaken for a later one with its number', () => {
  const mine = recordOf(process.pid, Date.now())
  expect(isRunning(mine)).toBe(true)
  expect(isRunning({ ...mine, startTicks: mine.startTicks - 1000 })).toBe(false)
  const file = join(dir, 'old.json')
  writeRecord(file, { ...mine, startTicks: 1 })
  expect(runningProcess(file)).toBeUndefined()
  writeFileSync(file, '{"pid":')
  expect(runningProcess(file)).toBeUndefined()
})
