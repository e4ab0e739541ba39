import { expect, test } from 'vitest'
import { Deployments, ReplicaSets } from '../api/apps/v1/index.ts'
import { EndpointsResource, Namespaces, Nodes, Pods, ServiceAccounts, Services } from '../api/core/v1/index.ts'
import { EndpointSlices } from '../api/discovery/v1/index.ts'
import { flakyClient, type Trouble } from '../client/testing/flaky-client.ts'
import { startControllers } from '../testing/controllers.ts'
import { controllers } from './index.ts'

/** A linear congruential generator: the same troubles each time. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const namespace = 'shop'
const labels = { app: 'web' }
const deployment = (replicas: number, image = 'a') => ({
  metadata: { name: 'web', namespace },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } },
  },
})

/** All controllers on a bad line, a user on a good one, and somebody who runs the pods. */
async function start(given: Omit<Trouble, 'clock' | 'next'>, seed: number) {
  const trouble = { ...given, next: chance(seed) }
  const cluster = await startControllers(
    (ctx) => controllers({ ...ctx, log: { ...ctx.log, warn() {} } }, { clusterCidr: '10.0.0.0/16', rootCa: 'PEM' }),
    (client, clock) => flakyClient(client, Object.assign(trouble, { clock })),
  )
  const { client, clock } = cluster
  let most = 0
  let addresses = 0
  async function runPods(): Promise<void> {
    const { items } = await client.list(Pods, { namespace })
    most = Math.max(most, items.filter(({ metadata }) => !metadata.deletionTimestamp).length)
    for (const pod of items) {
      const name = { name: pod.metadata.name, namespace }
      if (pod.metadata.deletionTimestamp) await client.delete(Pods, name, { gracePeriodSeconds: 0 })
      else if (!pod.status.podIP) {
        const podIP = `10.1.${addresses >> 8}.${addresses++ & 255}`
        const ready = { type: 'Ready', status: 'True', lastTransitionTime: new Date(clock.now()).toISOString() }
        const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [ready] }
        await client.patch(Pods, name, { status }, { subresource: 'status' })
      }
    }
  }
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await cluster.advance('1s')
      await runPods()
    }
    await cluster.advance('1s')
  }
  await client.create(Nodes, { metadata: { name: 'n' } })
  await client.create(Namespaces, { metadata: { name: namespace } })
  return { ...cluster, pass, most: () => most, trouble }
}

test.each([1, 2, 3])('everything comes right in the end, however bad the line is (seed %i)', async (seed) => {
  const cluster = await start({ failing: 0.1, lost: 0.05, lateMs: 2000, breaking: 0.02 }, seed)
  const { client, pass, find } = cluster
  await client.create(Services, {
    metadata: { name: 'web', namespace },
    spec: { selector: labels, ports: [{ port: 80 }] },
  })
  await client.create(Deployments, deployment(20))
  await pass(60)
  const running = async () =>
    (await client.list(Pods, { namespace })).items.map(({ spec }) => spec.containers?.[0]?.image)
  expect(await running()).toEqual(Array(20).fill('a'))
  expect((await find(Deployments, 'web', namespace))?.status.availableReplicas).toBe(20)

  await client.patch(Deployments, { name: 'web', namespace }, { spec: deployment(7, 'b').spec })
  await pass(240)
  expect(await running()).toEqual(Array(7).fill('b'))
  const ips = (await client.list(Pods, { namespace })).items.map(({ status }) => status.podIP).sort()
  const { items: slices } = await client.list(EndpointSlices, { namespace })
  expect(slices.flatMap(({ endpoints }) => endpoints?.flatMap(({ addresses }) => addresses) ?? []).sort()).toEqual(ips)
  const endpoints = await find(EndpointsResource, 'web', namespace)
  expect(endpoints?.subsets?.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip)).sort()).toEqual(ips)
  expect(await find(ServiceAccounts, 'default', namespace)).toBeDefined()

  await client.delete(
    Deployments,
    { name: 'web', namespace },
    { propagationPolicy: seed % 2 ? 'Foreground' : 'Background' },
  )
  await pass(120)
  expect((await client.list(ReplicaSets, { namespace })).items).toEqual([])
  expect(await running()).toEqual([])
  // Emptying a namespace takes some sixty calls that all have to succeed.
  cluster.trouble.failing = 0.01
  await client.delete(Namespaces, { name: namespace })
  await pass(120)
  expect(await find(Namespaces, namespace)).toBeUndefined()
  await cluster.stop()
})

test('late news never make a controller do a thing twice', async () => {
  const cluster = await start({ failing: 0, lost: 0, lateMs: 10_000, breaking: 0.05 }, 4)
  await cluster.client.create(Deployments, deployment(50))
  await cluster.pass(120)
  expect(cluster.most()).toBe(50)
  expect((await cluster.client.list(ReplicaSets, { namespace })).items).toHaveLength(1)
  await cluster.stop()
})
