import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { startCluster } from '../index.ts'
import { forgetFailure, reportFailure, withMention } from './failures.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-failures-'))
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const failed = {
  id: 'one',
  file: '/src/web.test.ts',
  name: 'web gets ready: soon',
  error: new Error('\u001b[31mred\u001b[39m'),
}

test('a report has the error, the objects and the timeline', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } })
  const path = await reportFailure(cluster, failed, { failures: folder })
  const text = readFileSync(path ?? '', 'utf8')
  expect(path).toMatch(/src-web\.test-web-gets-ready-soon\.txt$/)
  expect(text).toContain('/src/web.test.ts\nweb gets ready: soon\n\nError: red')
  expect(text).toContain('ConfigMap default/settings')
  expect(text).toContain('create configmaps default/settings')
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
})

test('the environment names the folder, and turns reports off', async () => {
  await using cluster = await startCluster()
  vi.stubEnv('K8TS_FAILURES', folder)
  await reportFailure(cluster, failed, {})
  expect(readdirSync(folder)).toContain('src-web.test-web-gets-ready-soon.txt')
  rmSync(folder, { recursive: true })
  expect(await reportFailure(cluster, failed, { failures: false })).toBeUndefined()
  vi.stubEnv('K8TS_FAILURES', 'off')
  expect(await reportFailure(cluster, failed, {})).toBeUndefined()
  expect(existsSync(folder)).toBe(false)
})

test('tests of one title have reports of their own; a test that passes deletes its own of an earlier run', async () => {
  await using cluster = await startCluster()
  const report = async (file: string, name: string, id?: string) =>
    basename((await reportFailure(cluster, { id, file, name, error: 'red' }, { failures: folder })) ?? '')
  const inFolder = (path: string) => join(process.cwd(), path)
  expect(await report(inFolder('a/web.test.ts'), 'works', '1')).toBe('a-web.test-works.txt')
  expect(await report(inFolder('b/web.test.ts'), 'works', '2')).toBe('b-web.test-works.txt')
  expect(await report(inFolder('b/web.test.ts'), 'works', '3')).toBe('b-web.test-works-2.txt')
  expect(await report(inFolder('b/web.test.ts'), 'works', '2')).toBe('b-web.test-works.txt')
  expect(await report(inFolder('b/web.test.ts'), 'works')).toBe('b-web.test-works-3.txt')
  writeFileSync(join(folder, 'c.test-works.txt'), 'of an earlier run')
  await forgetFailure({ id: '3', file: inFolder('b/web.test.ts'), name: 'works' }, { failures: folder })
  await forgetFailure({ file: inFolder('c.test.ts'), name: 'works' }, { failures: folder })
  await forgetFailure({ file: inFolder('c.test.ts'), name: 'works' }, { failures: folder })
  expect(readdirSync(folder).sort()).toEqual([
    '.gitignore',
    'a-web.test-works.txt',
    'b-web.test-works-3.txt',
    'b-web.test-works.txt',
  ])
})

test('an error says where its report is, in its stack, too', () => {
  const error = new TypeError('no schedule')
  withMention(error, 'k8ts-failures/a.txt')
  const said = "no schedule\n\nThe cluster's objects, events and timeline: k8ts-failures/a.txt"
  expect(error.message).toBe(said)
  expect(error.stack).toContain(`TypeError: ${said}\n`)
  withMention('a text', 'a.txt')
  withMention(Object.freeze(new Error('frozen')), 'a.txt')
})
