import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startTestServer } from '../../test/support/api-server.ts'
import { Leases } from '../api/coordination/v1/index.ts'
import { type ConfigMap, ConfigMaps } from '../api/core/v1/index.ts'
import { silentLog } from '../api/log.ts'
import { splitKey } from '../api/object.ts'
import { connect } from '../client/connect.ts'
import type { Context, Controller } from './controller.ts'
import { runOperator } from './operator.ts'
import { watch } from './watches.ts'

async function setup() {
  const server = await startTestServer()
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-operator-'))
  const kubeconfig = join(folder, 'config')
  writeFileSync(kubeconfig, server.kubeconfig())
  const client = await connect({ kubeconfig })
  onTestFinished(async () => {
    client.close()
    await server.close()
    rmSync(folder, { recursive: true })
  })
  return { client, kubeconfig }
}

/** Stamps every ConfigMap named `asked-*` with a name. */
const stamping =
  (by: string) =>
  ({ client, informers }: Context): Controller => ({
    name: 'stamp',
    watches: [watch(ConfigMaps, { namespace: 'default' })],
    async reconcile(key) {
      const present = informers.of(ConfigMaps, { namespace: 'default' }).get(key)
      if (!present?.metadata.name.startsWith('asked-') || present.data?.by) return
      await client.patch(ConfigMaps, splitKey(key), { data: { by } })
    },
  })

const asked = (name: string): ConfigMap => ({ metadata: { name, namespace: 'default' } })

test('copies of an operator take turns; metrics are served', { timeout: 30_000 }, async () => {
  const { client, kubeconfig } = await setup()
  const ports: unknown[] = []
  const info = (_: string, fields?: Record<string, unknown>) => void (fields?.port && ports.push(fields.port))
  const start = (by: string) => {
    const stop = new AbortController()
    const done = runOperator({
      name: 'stamper',
      kubeconfig,
      controllers: (ctx) => [stamping(by)(ctx)],
      leaderElection: { retryPeriodMs: 20 },
      log: { ...silentLog, info },
      signal: stop.signal,
      metricsPort: 0,
    })
    return { done, stop: () => stop.abort() }
  }
  const stampOf = (name: string) =>
    vi.waitUntil(async () => (await client.get(ConfigMaps, { name, namespace: 'default' })).data?.by, {
      timeout: 10_000,
    })

  const first = start('first')
  await client.create(ConfigMaps, asked('asked-1'))
  expect(await stampOf('asked-1')).toBe('first')
  const text = await (await fetch(`http://127.0.0.1:${ports[0]}/metrics`)).text()
  expect(text).toMatch(/controller_runtime_reconcile_total\{controller="stamp",result="success"\} [1-9]/)
  expect((await fetch(`http://127.0.0.1:${ports[0]}/other`)).status).toBe(404)

  const second = start('second')
  first.stop()
  await first.done
  await client.create(ConfigMaps, asked('asked-2'))
  expect(await stampOf('asked-2')).toBe('second')
  second.stop()
  await second.done
})

test('a controller that cannot start ends the operator', async () => {
  const { kubeconfig } = await setup()
  const bad = (): Controller => ({
    name: 'bad',
    watches: [],
    async reconcile() {},
    start() {
      throw new Error('cannot start')
    },
  })
  await expect(runOperator({ name: 'bad', kubeconfig, controllers: () => [bad()], log: silentLog })).rejects.toThrow(
    'cannot start',
  )
  await expect(runOperator({ name: 'bad', kubeconfig: '/nowhere', controllers: () => [] })).rejects.toThrow('/nowhere')
})

test('an operator that is stopped finishes its work before it releases the lease', async () => {
  const { client, kubeconfig } = await setup()
  const stop = new AbortController()
  const release = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const slow = (ctx: Context): Controller => ({
    name: 'slow',
    watches: [watch(ConfigMaps, { namespace: 'default' })],
    async reconcile(key) {
      if (key !== 'default/asked-1') return
      begun.resolve()
      await release.promise
      await ctx.client.patch(ConfigMaps, splitKey(key), { data: { by: 'slow' } })
    },
  })
  const holder = async () => (await client.get(Leases, { name: 'slow', namespace: 'default' })).spec.holderIdentity
  const done = runOperator({
    name: 'slow',
    kubeconfig,
    controllers: (ctx) => [slow(ctx)],
    leaderElection: true,
    log: silentLog,
    signal: stop.signal,
  })
  await client.create(ConfigMaps, asked('asked-1'))
  await begun.promise
  stop.abort()
  expect(await holder()).not.toBe('')
  release.resolve()
  await done
  expect((await client.get(ConfigMaps, { name: 'asked-1', namespace: 'default' })).data).toEqual({ by: 'slow' })
  expect(await holder()).toBe('')
})
