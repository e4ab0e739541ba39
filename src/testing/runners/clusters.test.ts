import { expect, test } from 'vitest'
import type { TestCluster } from '../cluster/cluster.ts'
import { clustersOf } from './clusters.ts'

const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
const own = async (cluster: TestCluster) =>
  (await cluster.list('ConfigMap', { namespace: 'default' }))
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== 'kube-root-ca.crt')
const unexpected = async () => expect.unreachable()

test('each test has a cluster of its own, prepared anew', async () => {
  let prepared = 0
  const clusters = clustersOf({ prepare: (cluster) => cluster.apply(map(`settings-${prepared++}`)) })
  const first = await clusters.next(unexpected)
  const second = await clusters.next(unexpected)
  expect(await own(first)).toEqual(['settings-0'])
  expect(await own(second)).toEqual(['settings-1'])
  await clusters.done(first)
  await clusters.done(second)
  await clusters.end()
})

test('forked tests find what was prepared once', async () => {
  let prepared = 0
  const clusters = clustersOf({
    fork: true,
    nodes: 1,
    prepare: async (cluster) => {
      prepared++
      await cluster.apply(map('settings'))
    },
  })
  for (let count = 0; count < 3; count++) {
    const cluster = await clusters.next(unexpected)
    expect(await own(cluster)).toEqual(['settings'])
    await cluster.delete('ConfigMap', 'settings')
    await cluster.node('node-1').fail()
    cluster.faults.add({ verb: 'list', latency: '1m' })
    await clusters.done(cluster)
  }
  expect(prepared).toBe(1)
  await clusters.end()
})

test('forked tests that run at the same time are told of it', async () => {
  const clusters = clustersOf({ fork: true })
  await clusters.next(unexpected)
  await expect(clusters.next(unexpected)).rejects.toThrow('one after the other')
  await clusters.end()
})

test.for([true, false])('a failing preparation shows its cluster, fork: %s', async (fork) => {
  const clusters = clustersOf({
    fork,
    prepare: async (cluster) => {
      await cluster.apply(map('half'))
      throw new Error('no more')
    },
  })
  const seen: unknown[] = []
  const failed = async (cluster: TestCluster, error: unknown) => void seen.push(await own(cluster), error)
  await expect(clusters.next(failed)).rejects.toThrow('no more')
  expect(seen).toEqual([['half'], new Error('no more')])
})
