import { expect, test } from 'vitest'
import { ConfigMaps } from '../../api/core/v1/index.ts'
import { keyOf, splitKey } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { watch } from '../../controller/watches.ts'
import { type SettleError, startCluster } from '../cluster/cluster.ts'
import { matchers } from '../vitest/matchers.ts'

const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} }
const followed = { fieldSelector: 'metadata.name=settings' }

/** A loop over one ConfigMap; `reconcile` is what it does. */
const loop =
  (reconcile: (ctx: Context, key: string) => Promise<unknown>) =>
  (ctx: Context): Controller[] => [
    {
      name: 'backup',
      watches: [watch(ConfigMaps, followed)],
      reconcile: async (key) => void (await reconcile(ctx, key)),
    },
  ]

const refused = async (settling: Promise<void>) =>
  settling.then(
    () => '',
    (error: SettleError) => `${error.name}: ${error.message}`,
  )

test('settle fails when a reconcile keeps failing, and says which, how often, with what, and where', async () => {
  await using cluster = await startCluster()
  const began = cluster.clock.now()
  await cluster.run(
    loop(async () => {
      const config: { spec?: { size: number } } = {}
      return (config.spec as { size: number }).size
    }),
  )
  await cluster.apply(settings)
  const text = await refused(cluster.settle())
  const line = /backup: default\/settings failed 5 times, last: TypeError: .* undefined.* \(failures\.test\.ts:\d+\)/
  expect(text).toMatch(/^SettleError: reconciles keep failing/)
  expect(text).toMatch(line)
  expect(cluster.clock.now()).toBe(began)
  expect(cluster.errors()).toEqual([
    expect.objectContaining({ controller: 'backup', key: 'default/settings', times: 5, error: expect.any(TypeError) }),
  ])
  expect(await cluster.dump()).toMatch(line)
  expect(String(cluster.timeline({ about: 'settings' }))).toMatch(/\+0s +backup: default\/settings failed: TypeError/)
  expect(matchers.toBeReady(await cluster.get('ConfigMap', 'settings')).message()).toMatch(line)
  await cluster.settle({ mayFail: true })
})

test('a failure whose words differ each time keeps failing, too', async () => {
  await using cluster = await startCluster()
  await cluster.run(loop(async () => Promise.reject(new Error(`request ${crypto.randomUUID()} failed`))))
  await cluster.apply(settings)
  expect(await refused(cluster.settle())).toMatch(/failed 5 times, last: Error: request [\da-f-]{36} failed/)
})

test.each([
  ['422', { metadata: { name: 'Bad_Name', namespace: 'default' } }, /failed 5 times, last: .*Bad_Name.* is invalid/],
  ['404', { metadata: { name: 'a', namespace: 'none' } }, /failed 5 times, last: .*namespaces "none" not found/],
])('a %s of the server is such a failure', async (_, object, says) => {
  await using cluster = await startCluster()
  await cluster.run(loop(({ client }) => client.create(ConfigMaps, object)))
  await cluster.apply(settings)
  expect(await refused(cluster.settle())).toMatch(says)
})

test('retries a passing failure at once, without a move of the clock', async () => {
  await using cluster = await startCluster()
  const began = cluster.clock.now()
  let left = 3
  await cluster.run(
    loop(async () => {
      if (left-- > 0) throw new Error('not yet')
    }),
  )
  await cluster.apply(settings)
  await cluster.settle()
  expect(left).toBe(-1)
  expect(cluster.errors()).toEqual([])
  expect(cluster.clock.now()).toBe(began)
})

test('settle retries even after a long failure', async () => {
  await using cluster = await startCluster()
  let isBroken = true
  await cluster.run(
    loop(async () => {
      if (isBroken) throw new Error('the other side is away')
    }),
  )
  await cluster.apply(settings)
  await cluster.clock.advance('10m')
  expect(cluster.errors()[0]?.times).toBeGreaterThan(10)
  isBroken = false
  await cluster.settle()
  expect(cluster.errors()).toEqual([])
})

test("faults of the test are expected to make loops fail, and so are the cluster's own loops", async () => {
  await using cluster = await startCluster({ nodes: 1 })
  await cluster.run(loop(({ client }, key) => client.get(ConfigMaps, splitKey(key))))
  const remove = cluster.faults.add({ verb: 'get', resource: 'configmaps', status: 503 })
  await cluster.apply(settings)
  await cluster.settle()
  expect(cluster.errors().map(String)).toEqual([expect.stringContaining('a fault of the test')])
  remove()
  await cluster.settle()
  expect(cluster.errors()).toEqual([])
})

test('a fault excuses the failures that are its own, and no others', async () => {
  await using cluster = await startCluster()
  const remove = cluster.faults.add({ verb: 'get', resource: 'secrets', status: 503 })
  await cluster.run(loop(async () => Promise.reject(new TypeError('no schedule'))))
  await cluster.apply(settings)
  expect(await refused(cluster.settle())).toMatch(/reconciles keep failing.*\n.*TypeError: no schedule/)
  remove()
})

test.each([
  ['conflicts', { status: 409, times: 3 }],
  ['many errors', { status: 500, times: 12 }],
  ['errors with words of their own', { status: 500, times: 7, message: 'out of space' }],
  ['lost connections', { status: 'reset' as const, times: 7 }],
])('settle retries until a fault has struck its times: %s', async (_, fault) => {
  await using cluster = await startCluster()
  const began = cluster.clock.now()
  await cluster.run(
    loop(async ({ client }, key) => {
      const path = splitKey(key)
      await client.patch(ConfigMaps, path, { data: { ready: 'yes' } }).catch((cause: unknown) => {
        throw new Error('cannot write', { cause })
      })
    }),
  )
  const remove = cluster.faults.add({ verb: 'patch', resource: 'configmaps', ...fault })
  await cluster.apply(settings)
  await cluster.settle()
  expect(await cluster.get('ConfigMap', 'settings')).toMatchObject({ data: { ready: 'yes' } })
  expect([remove(), cluster.clock.now()]).toEqual([fault.times, began])
})

test('a loop that wakes itself is found soon, with few keys and with many', async () => {
  for (const keys of [1, 40]) {
    await using cluster = await startCluster({ nodes: 1 })
    let calls = 0
    const own: Controller = {
      name: 'restless',
      watches: [watch(ConfigMaps, { labelSelector: 'restless' })],
      reconcile: async (key) =>
        void (await cluster.client.patch(ConfigMaps, splitKey(key), { data: { count: String(calls++) } })),
    }
    const running = await cluster.run(() => [own])
    await cluster.apply(
      Array.from({ length: keys }, (_, i) => ({
        ...settings,
        metadata: { name: `settings-${i}`, labels: { restless: '' } },
      })),
    )
    const text = await refused(cluster.settle())
    running.stop()
    expect(text).toMatch(/asks the same again and again/)
    expect(text).toMatch(/\d+ of the last \d+ requests: patch configmaps default\/settings-\d+ by kubernetes-admin/)
    expect(calls).toBeLessThan(2000 + 15 * keys)
  }
})

test('thousands of writes that get somewhere are no circle', async () => {
  await using cluster = await startCluster()
  const made = new Set<string>()
  const steps: Controller = {
    name: 'steps',
    watches: [watch(ConfigMaps, { labelSelector: 'step' })],
    async reconcile(key) {
      made.add(key)
      if (made.size >= 1500) return
      const metadata = { generateName: 'step-', namespace: 'default', labels: { step: '' } }
      await cluster.client.create(ConfigMaps, { metadata })
      await cluster.client.patch(ConfigMaps, { name: 'settings', namespace: 'default' }, { data: { made: key } })
    },
  }
  await cluster.apply(settings)
  await cluster.run(() => [steps])
  const first = await cluster.client.create(ConfigMaps, {
    metadata: { name: 'step', namespace: 'default', labels: { step: '' } },
  })
  await cluster.settle()
  expect(made.has(keyOf(first))).toBe(true)
  expect(made.size).toBe(1500)
})

test('a fault that holds something up is named, with the way out', async () => {
  await using cluster = await startCluster()
  cluster.faults.add({ verb: 'get', resource: 'configmaps', latency: '5s' })
  await cluster.run(loop(({ client }, key) => client.get(ConfigMaps, splitKey(key))))
  await cluster.apply(settings)
  const text = await refused(cluster.settle())
  expect(text).toMatch(
    /a fault holds up get configmaps default\/settings by own-controllers, until 2026-01-01T00:00:05.000Z: move time with clock\.advance/,
  )
  await cluster.clock.advance('5s')
  await cluster.settle()
})
