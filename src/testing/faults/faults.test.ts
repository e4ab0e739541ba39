import { CoreV1Api, KubeConfig, Watch } from '@kubernetes/client-node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ConfigMaps } from '../../api/core/v1/index.ts'
import { watch } from '../../controller/watches.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Fault } from './faults.ts'

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}
const map = { metadata: { name: 'm', namespace: 'default' } }

test('a fault strikes so many times; the test itself is spared', async () => {
  await using cluster = await startCluster()
  const remove = cluster.faults.add({ verb: 'create', resource: 'configmaps', name: undefined, status: 409, times: 2 })
  const client = cluster.as('operator', ['system:masters'])
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' } })
  for (let i = 0; i < 2; i++) await expect(client.create(ConfigMaps, map)).rejects.toMatchObject({ code: 409 })
  await client.create(ConfigMaps, map)
  expect(remove()).toBe(2)
})

test('429 says when to come again', async () => {
  await using cluster = await startCluster()
  cluster.faults.add({ status: 429, retryAfter: 7, user: 'operator' })
  await expect(cluster.as('operator', ['system:masters']).list(ConfigMaps)).rejects.toMatchObject({
    code: 429,
    retryAfterSeconds: 7,
  })
})

test.each([
  ['conflicts', { verb: 'patch' as const, resource: 'pods/status', status: 409, times: 5 }],
  ['errors of the server', { resource: 'pods', status: 500, times: 10 }],
  ['lost connections', { resource: 'replicasets', status: 'reset' as const, times: 3 }],
  ['a slow server', { latency: '3s' }],
])('the cluster gets over %s', async (_, fault) => {
  await using cluster = await startCluster({ nodes: 2 })
  cluster.faults.add(fault)
  await cluster.apply(web)
  await cluster.clock.advance('3m')
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })
})

test('dropped watches, and watches that have to list again', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  cluster.faults.dropWatches('pods')
  await cluster.apply(web)
  await cluster.clock.advance('1m')
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })
  cluster.faults.dropWatches(undefined, 410)
  await cluster.apply({ ...web, spec: { ...web.spec, replicas: 5 } })
  await cluster.clock.advance('1m')
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 5 } })
})

test('a server that goes away for a while', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  await cluster.apply(web)
  await cluster.faults.restartServer('30s')
  await expect(cluster.as('operator').list(ConfigMaps)).rejects.toThrow('ECONNREFUSED')
  await cluster.clock.advance('29s')
  expect((await cluster.get('Deployment', 'web')).status.readyReplicas).toBeUndefined()
  await cluster.clock.advance('2m')
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })
})

const ways = [
  ['without a port', { port: false }],
  ['over a port', { port: true }],
] as const

test.each(ways)('faults strike clients of the HTTP API as a server would, %s', async (_, way) => {
  await using cluster = await startCluster()
  const apiAs = async (user: string) =>
    (await cluster.kubeConfig(new KubeConfig(), { ...way, user, groups: ['system:masters'] })).makeApiClient(CoreV1Api)
  const operator = await apiAs('operator')
  const other = await apiAs('other')
  const list = (api: CoreV1Api) => api.listConfigMapForAllNamespaces()
  const fault = (what: Fault) => cluster.faults.add({ user: 'operator', times: 1, ...what })

  fault({ status: 429, retryAfter: 7 })
  await expect(list(operator)).rejects.toMatchObject({ code: 429, headers: { 'retry-after': '7' } })
  fault({ status: 409, resource: 'configmaps', verb: 'create', message: 'too late' })
  await list(operator)
  await expect(operator.createNamespacedConfigMap({ namespace: 'default', body: map })).rejects.toMatchObject({
    code: 409,
    body: expect.stringContaining('too late'),
  })
  fault({ status: 500 })
  await list(other)
  await expect(list(operator)).rejects.toMatchObject({ code: 500 })
  fault({ status: 'reset' })
  await expect(list(operator)).rejects.toThrow('fetch failed')
  await list(operator)

  fault({ latency: '5s' })
  let answered = false
  const slow = list(operator).then(() => {
    answered = true
  })
  await cluster.clock.advance('4s')
  expect(answered).toBe(false)
  await cluster.clock.advance('1s')
  await slow

  await cluster.faults.restartServer('30s')
  await expect(list(other)).rejects.toThrow('fetch failed')
  await cluster.clock.advance('30s')
  await list(other)
})

test.each(ways)('watches of HTTP clients end as they would on a network, %s', async (_, way) => {
  await using cluster = await startCluster()
  const config = await cluster.kubeConfig(new KubeConfig(), way)
  async function watchAndLose(lose: () => unknown) {
    const events: string[] = []
    const ended = Promise.withResolvers<unknown>()
    const note = (type: string, object: { code?: number }) => events.push(`${type} ${object.code}`)
    await new Watch(config).watch('/api/v1/events', {}, note, ended.resolve)
    await cluster.clock.advance('1m')
    await lose()
    const error = await ended.promise
    return { events: events.filter((event) => !event.startsWith('BOOKMARK')), error }
  }
  const broken = { events: [], error: { message: 'terminated' } }
  expect(await watchAndLose(() => cluster.faults.dropWatches('events'))).toMatchObject(broken)
  expect(await watchAndLose(() => cluster.faults.restartServer())).toMatchObject(broken)
  const expired = { events: ['ERROR 410'], error: null }
  expect(await watchAndLose(() => cluster.faults.dropWatches('events', 410))).toEqual(expired)
})

test('a watch that is dropped while it is opened does not hang', async () => {
  await using cluster = await startCluster()
  const config = await cluster.kubeConfig(new KubeConfig())
  const ended = Promise.withResolvers<unknown>()
  void new Watch(config).watch('/api/v1/events', {}, () => {}, ended.resolve)
  let over = false
  void ended.promise.then(() => {
    over = true
  })
  for (let step = 0; step < 1000 && !over; step++) {
    cluster.faults.dropWatches('events')
    await Promise.resolve()
  }
  await expect(ended.promise).resolves.toMatchObject({ message: 'fetch failed' })
})

test('faults that only delay or count leave the answer to other faults', async () => {
  await using cluster = await startCluster()
  const counted = cluster.faults.add({ verb: 'create', latency: 0 })
  const struck = cluster.faults.add({ verb: 'create', status: 500 })
  const client = cluster.as('operator', ['system:masters'])
  await expect(client.create(ConfigMaps, map)).rejects.toMatchObject({ code: 500 })
  expect([counted(), struck()]).toEqual([1, 1])
})

test.each(['list', 'watch'] as const)('settle names the fault that an informer cannot %s for', async (verb) => {
  await using cluster = await startCluster()
  const remove = cluster.faults.add({ user: 'operator', verb, resource: 'configmaps', status: 503, message: 'no disk' })
  await cluster.run(() => [{ name: 'operator', watches: [watch(ConfigMaps)], reconcile: async () => {} }], {
    name: 'operator',
  })
  await expect(cluster.settle()).rejects.toThrow('no watch of configmaps (no disk)')
  remove()
  await cluster.clock.advance('1m')
  await cluster.settle()
  const again = cluster.faults.add({ user: 'operator', verb: 'list', resource: 'configmaps', status: 'reset' })
  cluster.faults.dropWatches('configmaps', 410)
  await expect(cluster.settle()).rejects.toThrow('no watch of configmaps (read ECONNRESET)')
  again()
})

test('a fault that has struck nothing is named when the cluster stops', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  onTestFinished(() => void warn.mockRestore())
  const cluster = await startCluster()
  cluster.faults.add({ verb: 'create', resource: 'serviceaccounts', status: 500 })
  cluster.faults.add({ verb: 'list', resource: 'configmaps', status: 500, times: 1 })
  cluster.faults.add({ verb: 'get', resource: 'secrets', latency: 0 })
  cluster.faults.add({ verb: 'get', resource: 'pods', status: 404 })()
  await expect(cluster.client.list(ConfigMaps)).rejects.toMatchObject({ code: 500 })
  cluster.faults.clear()
  await cluster.stop()
  expect(warn.mock.calls).toEqual([
    ['k8ts/testing: a fault has struck nothing: {"verb":"create","resource":"serviceaccounts","status":500}'],
  ])
})
