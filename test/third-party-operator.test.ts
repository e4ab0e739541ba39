import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { startCluster, type TestCluster } from 'k8ts/testing'
import { test as base, describe, expect } from 'vitest'
import type { Database } from './third-party-operator/database.ts'
import { startOperator } from './third-party-operator/operator.ts'

const crd = join(import.meta.dirname, 'third-party-operator/crd.yaml')
const operatorUser = { user: 'operator', groups: ['system:masters'] }
const database = {
  apiVersion: 'example.com/v1',
  kind: 'Database',
  metadata: { name: 'shop' },
  spec: { image: 'postgres:18', replicas: 2 },
}

describe.each([
  ['without a port', { port: false }],
  ['over a port', { port: true }],
])('an operator of @kubernetes/client-node, %s', (_, way) => {
  const test = base.extend<{ cluster: TestCluster }>({
    cluster: async ({ task: _task }, use) => {
      await using cluster = await startCluster({ nodes: 3 })
      using _timers = cluster.takeTimers()
      cluster.image('backup:*', { exitAfter: '30s' })
      await cluster.apply(crd)
      const operator = await startOperator(await cluster.kubeConfig(new KubeConfig(), { ...way, ...operatorUser }))
      await use(cluster)
      await operator.stop()
    },
  })
  const found = async (cluster: TestCluster) =>
    (await cluster.get('Database.example.com', 'shop')) as unknown as Database
  const statusOf = async (cluster: TestCluster) => (await found(cluster)).status

  test('what it makes of an object has settled', async ({ cluster }) => {
    await cluster.apply(database)
    await cluster.settle()
    expect(await statusOf(cluster)).toEqual({ phase: 'Ready', readyReplicas: 2, backupOverdue: false })
    expect((await cluster.get('CronJob', 'shop')).spec.schedule).toBe('0 * * * *')
    await cluster.apply({ ...database, spec: { ...database.spec, replicas: 4, backupSchedule: '*/10 * * * *' } })
    await cluster.settle()
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready', readyReplicas: 4 })
    expect((await cluster.get('CronJob', 'shop')).spec.schedule).toBe('*/10 * * * *')
    expect(String(cluster.timeline({ about: 'operator' }))).toContain('operator: update databases/status default/shop')
  })

  test('time passes for what it made', async ({ cluster }) => {
    await cluster.apply({ ...database, spec: { ...database.spec, backupSchedule: '1 * * * *' } })
    await cluster.clock.advance('2m')
    expect(await statusOf(cluster)).toMatchObject({ lastBackup: '2026-01-01T00:01:30.000Z' })
    expect(await cluster.list('Job')).toHaveLength(1)
    await cluster.clock.advance('2m')
    expect(await cluster.list('Job')).toEqual([])
  })

  // Its watches begin anew every 30 s, as there is nothing to tell: over a port that is hundreds of TLS handshakes.
  test.skipIf(way.port)('time passes for itself', async ({ cluster }) => {
    await cluster.apply(database)
    await cluster.clock.advance('61m')
    expect(await statusOf(cluster)).toMatchObject({ lastBackup: '2026-01-01T01:00:30.000Z', backupOverdue: false })
    cluster.image('backup:*', { exitAfter: '30s', exitCode: 1 })
    await cluster.clock.advance('3h')
    expect(await statusOf(cluster)).toMatchObject({ lastBackup: '2026-01-01T01:00:30.000Z', backupOverdue: true })
    cluster.image('backup:*', { exitAfter: '30s' })
    await cluster.clock.advance('1h')
    expect(await statusOf(cluster)).toMatchObject({ lastBackup: '2026-01-01T05:00:30.000Z', backupOverdue: false })
  })

  test('its finalizer holds an object until the work is done', async ({ cluster }) => {
    await cluster.apply(database)
    await cluster.settle()
    await cluster.delete('Database.example.com', 'shop')
    await cluster.clock.advance('29s')
    expect((await found(cluster)).metadata?.finalizers).toEqual(['example.com/last-backup'])
    await cluster.clock.advance('1m')
    expect(await cluster.list('Database.example.com')).toEqual([])
    for (const kind of ['Deployment', 'CronJob', 'Job', 'Pod'] as const) expect(await cluster.list(kind)).toEqual([])
  })

  test.for([
    ['conflicts', { verb: 'update' as const, resource: 'databases/status', status: 409, times: 3 }],
    ['errors of the server', { verb: 'create' as const, status: 500, times: 3 }],
    ['lost connections', { verb: ['create', 'patch'] as ('create' | 'patch')[], status: 'reset' as const, times: 3 }],
    ['a slow server', { latency: '2s', times: 20 }],
  ] as const)('it gets over %s', async ([, fault], { cluster }) => {
    const remove = cluster.faults.add({ ...fault, user: 'operator' })
    await cluster.apply(database)
    await cluster.clock.advance('3m')
    expect(remove()).toBeGreaterThanOrEqual(3)
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready', readyReplicas: 2 })
  })

  test('it retries after the server’s Retry-After', async ({ cluster }) => {
    const remove = cluster.faults.add({ user: 'operator', verb: 'patch', status: 429, retryAfter: 20 })
    await cluster.apply(database)
    await cluster.clock.advance('19s')
    expect(remove()).toBe(1)
    expect(await cluster.list('Deployment')).toEqual([])
    await cluster.clock.advance('1s')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready' })
  })

  test('it lists again when it has to, and only then', async ({ cluster }) => {
    const relists = cluster.faults.add({ user: 'operator', verb: 'list', latency: 0 })
    cluster.faults.dropWatches('databases')
    await cluster.apply(database)
    await cluster.clock.advance('1m')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready', readyReplicas: 2 })
    cluster.faults.dropWatches('databases', 410)
    await cluster.apply({ ...database, spec: { ...database.spec, replicas: 3 } })
    await cluster.clock.advance('1m')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready', readyReplicas: 3 })
    expect(relists()).toBe(1)
  })

  test('it survives a restart of the API server', async ({ cluster }) => {
    await cluster.apply(database)
    await cluster.settle()
    await cluster.faults.restartServer('30s')
    await cluster.apply({ ...database, spec: { ...database.spec, replicas: 3 } })
    await cluster.clock.advance('29s')
    expect(await statusOf(cluster)).toMatchObject({ readyReplicas: 2 })
    await cluster.clock.advance('2m')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready', readyReplicas: 3 })
  })

  test('it reports nodes that fail', async ({ cluster }) => {
    await cluster.apply(database)
    await cluster.settle()
    const [pod] = await cluster.list('Pod')
    const node = cluster.node(pod?.spec.nodeName ?? '')
    await node.fail()
    await cluster.clock.advance('1m')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Starting', readyReplicas: 1 })
    await cluster.clock.advance('5m')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready', readyReplicas: 2 })
  })

  test('it reports nodes that are out of reach for a while', async ({ cluster }) => {
    await cluster.apply(database)
    await cluster.settle()
    const [pod] = await cluster.list('Pod')
    const node = cluster.node(pod?.spec.nodeName ?? '')
    node.partition()
    await cluster.clock.advance('1m')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Starting', readyReplicas: 1 })
    await node.recover()
    await cluster.clock.advance('1m')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready', readyReplicas: 2 })
  })

  test('cut off from the server, it catches up when the network is mended', async ({ cluster }) => {
    await cluster.apply(database)
    await cluster.settle()
    const mend = cluster.faults.add({ user: 'operator', status: 'reset' })
    cluster.faults.dropWatches()
    await cluster.delete('Deployment', 'shop')
    await cluster.clock.advance('2m')
    expect(await cluster.list('Deployment')).toEqual([])
    expect(mend()).toBeGreaterThan(50)
    await cluster.clock.advance('1m')
    expect(await statusOf(cluster)).toMatchObject({ phase: 'Ready', readyReplicas: 2 })
  })
})
