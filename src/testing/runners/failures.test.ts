import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { startCluster } from '../index.ts'
import { reportFailure, withMention } from './failures.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-failures-'))
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const failed = { file: '/src/web.test.ts', name: 'web gets ready: soon', error: new Error('\u001b[31mred\u001b[39m') }

test('a report has the error, the objects and the timeline', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } })
  const path = await reportFailure(cluster, failed, { failures: folder })
  const text = readFileSync(path ?? '', 'utf8')
  expect(path).toMatch(/web\.test-web-gets-ready-soon\.txt$/)
  expect(text).toContain('/src/web.test.ts\nweb gets ready: soon\n\nError: red')
  expect(text).toContain('ConfigMap default/settings')
  expect(text).toContain('create configmaps default/settings')
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
})

test('the environment names the folder, and turns reports off', async () => {
  await using cluster = await startCluster()
  vi.stubEnv('K8TS_FAILURES', folder)
  await reportFailure(cluster, failed, {})
  expect(readdirSync(folder)).toContain('web.test-web-gets-ready-soon.txt')
  rmSync(folder, { recursive: true })
  expect(await reportFailure(cluster, failed, { failures: false })).toBeUndefined()
  vi.stubEnv('K8TS_FAILURES', 'off')
  expect(await reportFailure(cluster, failed, {})).toBeUndefined()
  expect(existsSync(folder)).toBe(false)
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
