import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/**
 * No test of ours sleeps: it waits for a condition with a deadline (`vi.waitFor`, `until`, `eventually`) or turns the
 * virtual clock. A pause is either too short, and the test fails one day, or too long, and all days are slow.
 */
const home = resolve(import.meta.dirname, '..')
const sleeps = /\bsetTimeout\b|timers\/promises|\bsleep\(systemClock|execFileSync\('sleep'|spawnSync\('sleep'/

/** Files that may use timers, and why. */
const allowed: Record<string, string> = {
  'test/e2e/support.ts': 'what everybody waits with, and a load that leaves others room',
  'test/e2e/proxy.test.ts': 'a UDP client that gives up when nobody answers',
  'test/e2e/browser.test.ts': 'code that runs in the page: an error that comes by itself',
  'test/support/test-client.ts': 'the deadline of a wait for events',
  'src/testing/time/timers.test.ts':
    'timers of programs under test, which are on the virtual clock: that is what it tests',
}

/** Tests, and what helps them; `src/testing` is a part of the product. */
const isTest = (file: string) =>
  /^(src|test|examples)\/.*\.test\.ts$|^test\/e2e\/.*\.ts$|^src\/.+\/testing(\/.*)?\.ts$|^(?!src\/testing\/).*\/test-[^/]*\.ts$/.test(
    file,
  )

const files = ['src', 'test', 'examples']
  .flatMap((folder) =>
    readdirSync(join(home, folder), { recursive: true, encoding: 'utf8' }).map((f) => join(folder, f)),
  )
  .filter((file) => isTest(file) && !file.includes('node_modules') && file !== 'test/no-sleeps.test.ts')

test('no test sleeps', () => {
  expect(files.length).toBeGreaterThan(100)
  const sleeping = files.filter((file) => sleeps.test(readFileSync(join(home, file), 'utf8')))
  expect(sleeping.sort()).toEqual(Object.keys(allowed).sort())
})
