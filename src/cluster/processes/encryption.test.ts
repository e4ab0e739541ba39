import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startTestServer } from '../../../test/support/api-server.ts'
import { testClient } from '../../../test/support/test-client.ts'
import { systemClock } from '../../api/clock.ts'
import { systemRandom } from '../../api/random.ts'
import { readEncryptionConfiguration } from '../../apiserver/configuration/encryption.ts'
import { etcdStore } from '../../store/etcd.ts'
import { memoryStore } from '../../store/memory.ts'
import type { Store } from '../../store/store.ts'
import { atRest, encryptionOf } from './encryption.ts'

const key = (name: string, byte: string) => `{name: ${name}, secret: ${btoa(byte.repeat(32))}}`
const configuration = (...entries: [resources: string, providers: string][]) =>
  encryptionOf(
    readEncryptionConfiguration(
      `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n${entries
        .map(([resources, providers]) => `- {resources: [${resources}], providers: [${providers}]}`)
        .join('\n')}\n`,
    ),
  )
const log = { info() {}, error() {} }

test('names go before wildcards, and a group’s wildcard before that of all', () => {
  const { transformersFor } = configuration(
    ['"*.*"', `{aescbc: {keys: [${key('all', 'a')}]}}`],
    ['"*.apps"', `{aescbc: {keys: [${key('apps', 'b')}]}}`],
    ['"*."', `{aescbc: {keys: [${key('core', 'c')}]}}`],
    ['secrets, pandas.example.com', `{aesgcm: {keys: [${key('named', 'd')}]}}, {identity: {}}`],
    ['secrets', `{aescbc: {keys: [${key('late', 'e')}]}}`],
  )
  const name = (path: string) => transformersFor(`/registry/${path}`)?.map(({ prefix }) => prefix.split(':')[4])
  expect(name('secrets/default/a')).toEqual(['named', undefined])
  expect(name('configmaps/default/a')).toEqual(['core'])
  expect(name('services/specs/default/a')).toEqual(['core'])
  expect(name('deployments/default/a')).toEqual(['apps'])
  expect(name('roles/default/a')).toEqual(['all'])
  expect(name('example.com/pandas/default/a')).toEqual(['named', undefined])
  expect(name('example.com/koalas/default/a')).toEqual(['all'])
  expect(name('apiextensions.k8s.io/customresourcedefinitions/pandas.example.com')).toEqual(['all'])
  expect(name('ranges/servicenodeports')).toBeUndefined()
  expect(name('k8ts/progress')).toBeUndefined()
})

async function through(inner: Store, root: string, raw: (key: string) => Promise<string>): Promise<void> {
  let current = configuration(['secrets', `{aesgcm: {keys: [${key('one', 'a')}]}}, {identity: {}}`])
  let changed: (next: typeof current) => void = () => {}
  const file = {
    current: () => current,
    follow(_: unknown, listener?: (next: typeof current) => void) {
      if (listener) changed = listener
      return () => {}
    },
  }
  const encryption = atRest(inner, { file, reloads: true, root }, log)
  const server = await startTestServer({ store: encryption.store })
  const admin = testClient(server, server.admin)
  try {
    const secrets = '/api/v1/namespaces/default/secrets'
    const made = await admin.send(secrets, {
      method: 'POST',
      body: { metadata: { name: 's' }, stringData: { password: 'hunter2' } },
    })
    expect(made.status).toBe(201)
    await admin.send('/api/v1/namespaces/default/configmaps', {
      method: 'POST',
      body: { metadata: { name: 'c' }, data: { password: 'plain' } },
    })
    expect(await raw('/registry/secrets/default/s')).toMatch(/^k8s:enc:aesgcm:v1:one:/)
    expect(await raw('/registry/secrets/default/s')).not.toContain(btoa('hunter2'))
    expect(await raw('/registry/configmaps/default/c')).toContain('plain')
    expect((await admin.send(`${secrets}/s`)).body.data).toEqual({ password: btoa('hunter2') })

    current = configuration([
      'secrets',
      `{aescbc: {keys: [${key('two', 'b')}]}}, {aesgcm: {keys: [${key('one', 'a')}]}}, {identity: {}}`,
    ])
    changed(current)
    const same = (await admin.send(`${secrets}/s`)).body
    expect((await admin.send(`${secrets}/s`, { method: 'PUT', body: same })).status).toBe(200)
    expect(await raw('/registry/secrets/default/s')).toMatch(/^k8s:enc:aescbc:v1:two:/)
    const again = (await admin.send(`${secrets}/s`)).body
    const unchanged = await admin.send(`${secrets}/s`, { method: 'PUT', body: again })
    expect(unchanged.body.metadata.resourceVersion).toBe(again.metadata.resourceVersion)
  } finally {
    admin.close()
    await server.close()
    encryption.close()
  }
}

test('a server writes what is secret under its keys, and writes it anew under new ones', async () => {
  const inner = memoryStore({ clock: systemClock })
  await through(inner, '', async (at) => Buffer.from((await inner.get(at))?.value ?? []).toString('latin1'))
})

const installed = (() => {
  try {
    execFileSync('etcd', ['--version'])
    execFileSync('etcdctl', ['version'])
    return true
  } catch {
    return false
  }
})()

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

test.skipIf(!installed)('the bytes are in etcd, as etcdctl reads them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-encryption-'))
  const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`)
  const etcd = spawn(
    'etcd',
    [
      ...['--data-dir', folder, '--listen-client-urls', `${client}`, '--advertise-client-urls', `${client}`],
      ...['--listen-peer-urls', `${peer}`, '--initial-advertise-peer-urls', `${peer}`],
      ...['--initial-cluster', `default=${peer}`, '--log-level', 'error'],
    ],
    { stdio: 'ignore' },
  )
  const exited = new Promise((resolve) => etcd.once('exit', resolve))
  try {
    const store = etcdStore({ endpoints: [`${client}`], prefix: '/team', clock: systemClock, random: systemRandom })
    const env = { ...process.env, ETCDCTL_API: '3' }
    const raw = async (at: string) =>
      execFileSync('etcdctl', ['--endpoints', `${client}`, 'get', `/team${at}`, '--print-value-only'], {
        env,
      }).toString('latin1')
    await through(store, '/team', raw)
  } finally {
    etcd.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true })
  }
})
