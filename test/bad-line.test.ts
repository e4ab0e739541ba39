import { expect, test } from 'vitest'
import { Deployments } from '../src/api/apps/v1/index.ts'
import { isActive } from '../src/api/core/pods.ts'
import { startCluster } from '../src/testing/index.ts'
import { badLine, type Troubles } from './support/bad-line.ts'
import { observed } from './support/observed.ts'

const namespace = 'shop'
const labels = { app: 'web' }
const deployment = (replicas: number, image = 'a') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } },
  },
})

/** All controllers and the scheduler on a bad line; nodes and the user on a good one. */
async function start(troubles: Troubles, seed: number) {
  const cluster = await startCluster({ nodes: 2, seed, line: badLine(seed, troubles) })
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await cluster.settle({
    until: async () =>
      (await cluster.list('ServiceAccount', { namespace })).length > 0 &&
      (await cluster.list('ConfigMap', { namespace })).length > 0,
  })
  return cluster
}

test.each([1, 2, 3])('everything comes right in the end, however bad the line is (seed %i)', async (seed) => {
  const troubles: Troubles = { failing: 0.1, lost: 0.05, lateMs: 2000, breaking: 0.02 }
  await using cluster = await start(troubles, seed)
  const running = async () => (await cluster.list('Pod', { namespace })).map(({ spec }) => spec.containers[0]?.image)
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector: labels, ports: [{ port: 80 }] },
  }
  await cluster.apply(service, deployment(20))
  await cluster.clock.advance('2m')
  expect(await running()).toEqual(Array(20).fill('a'))
  expect((await cluster.get('Deployment', 'web', namespace)).status.availableReplicas).toBe(20)

  await cluster.client.patch(Deployments, { name: 'web', namespace }, { spec: deployment(7, 'b').spec })
  await cluster.clock.advance('5m')
  expect(await running()).toEqual(Array(7).fill('b'))
  const ips = (await cluster.list('Pod', { namespace })).map(({ status }) => status.podIP).sort()
  const slices = await cluster.list('EndpointSlice', { namespace })
  expect(slices.flatMap(({ endpoints }) => endpoints?.flatMap(({ addresses }) => addresses) ?? []).sort()).toEqual(ips)
  const { subsets = [] } = await cluster.get('Endpoints', 'web', namespace)
  expect(subsets.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip)).sort()).toEqual(ips)

  const propagationPolicy = seed % 2 ? 'Foreground' : 'Background'
  await cluster.delete('Deployment', 'web', namespace, { propagationPolicy })
  await cluster.clock.advance('3m')
  expect(await cluster.list('ReplicaSet', { namespace })).toEqual([])
  expect(await running()).toEqual([])
  // Emptying a namespace takes some sixty calls that all have to succeed.
  troubles.failing = 0.01
  await cluster.delete('Namespace', namespace)
  await cluster.clock.advance('3m')
  await expect(cluster.get('Namespace', namespace)).rejects.toMatchObject({ code: 404 })
})

test('late news never make a controller do a thing twice', async () => {
  await using cluster = await start({ lateMs: 10_000, breaking: 0.05 }, 4)
  const moments = await observed(cluster, 'Pod', async () => {
    await cluster.apply(deployment(50))
    await cluster.clock.advance('5m')
  })
  expect(Math.max(...moments.map((all) => all.filter(isActive).length))).toBe(50)
  expect((await cluster.get('Deployment', 'web', namespace)).status.readyReplicas).toBe(50)
  expect(await cluster.list('ReplicaSet', { namespace })).toHaveLength(1)
})
