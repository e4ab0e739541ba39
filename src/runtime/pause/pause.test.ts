import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type Arch, pauseElf } from './pause.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-pause-'))
const program = join(folder, 'pause')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each<[Arch, number]>([
  ['x64', 62],
  ['arm64', 183],
])('the pause program for %s', (arch, machine) => {
  const file = pauseElf(arch)
  test('is a tiny static executable', () => {
    expect(file.length).toBeLessThan(300)
    expect(Buffer.from(file.subarray(0, 4)).toString('latin1')).toBe('\x7fELF')
    const view = new DataView(file.buffer)
    expect(view.getUint16(18, true)).toBe(machine)
    expect(Number(view.getBigUint64(24, true))).toBe(0x400000 + 64 + 56)
    expect(Number(view.getBigUint64(64 + 32, true))).toBe(file.length)
  })
})

const arch = process.arch
const runnable = process.platform === 'linux' && (arch === 'x64' || arch === 'arm64')
const namespaces = runnable && spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0
if (runnable && (arch === 'x64' || arch === 'arm64')) writeFileSync(program, pauseElf(arch), { mode: 0o755 })

describe.skipIf(!runnable)('running it', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with exit code 0', async (signal) => {
    const child = spawn(program, { stdio: 'ignore' })
    await ready(child)
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('an unrelated signal that stops and continues it does not end it', async () => {
    const child = spawn(program, { stdio: 'ignore' })
    await ready(child)
    child.kill('SIGSTOP')
    await until(() => stateOf(child.pid) === 'T')
    child.kill('SIGCONT')
    await until(() => stateOf(child.pid) === 'S')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test.skipIf(!namespaces)('as PID 1 it reaps orphans and still listens to SIGTERM', async () => {
    // The shell is PID 1, leaves three orphans behind and turns into the pause program.
    const script = `(sleep 0.05 & sleep 0.06 & sleep 0.07 &); exec ${program}`
    const child = spawn('unshare', ['--pid', '--fork', '--kill-child', 'sh', '-c', script], { stdio: 'ignore' })
    const pause = await until(() => childrenOf(child.pid).find((pid) => commandOf(pid) === program))
    await ready({ pid: pause })
    await until(() => childrenOf(pause).length === 0)
    expect(stateOf(pause)).toBe('S')
    process.kill(pause, 'SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

/** Once it waits: its signals are blocked by then, and each one counts. */
const ready = ({ pid }: Pick<ChildProcess, 'pid'>) => until(() => commandOf(pid) === program && stateOf(pid) === 'S')

const until = <T>(found: () => T) => vi.waitUntil(found, { timeout: 10_000, interval: 5 })

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
const stateOf = (pid: number | undefined) => /State:\s*(\w)/.exec(read(`/proc/${pid}/status`))?.[1]
const commandOf = (pid: number | undefined) => read(`/proc/${pid}/cmdline`).split('\0')[0]
const childrenOf = (parent: number | undefined) =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && new RegExp(`PPid:\\s*${parent}\\n`).test(read(`/proc/${pid}/status`)))
