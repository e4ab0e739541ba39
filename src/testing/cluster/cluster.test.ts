import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Deployment, Deployments } from '../../api/apps/v1/index.ts'
import { ConfigMaps, type Node, Nodes, Pods } from '../../api/core/v1/index.ts'
import { startCluster } from './cluster.ts'

const node: Node = {
  metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } },
  status: {
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
}
const web: Deployment = {
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}

test('a deployment becomes pods on a node', async () => {
  await using cluster = await startCluster()
  const { client } = cluster
  await client.create(Nodes, node)
  await client.update(Nodes, node, { subresource: 'status' })
  await client.patch(Nodes, { name: 'node-1' }, { spec: { taints: null } })
  await client.create(Deployments, web)
  await cluster.settle()
  const pods = await client.list(Pods, { namespace: 'default' })
  expect(pods.items.map((pod) => pod.spec.nodeName)).toEqual(['node-1', 'node-1', 'node-1'])
})

test('many clusters live side by side', async () => {
  const clusters = await Promise.all(Array.from({ length: 10 }, () => startCluster()))
  await Promise.all(
    clusters.map(async (cluster, i) => {
      await cluster.client.create(Deployments, { ...web, spec: { ...web.spec, replicas: i } as Deployment['spec'] })
      await cluster.settle()
      expect((await cluster.client.list(Pods)).items).toHaveLength(i)
    }),
  )
  await Promise.all(clusters.map((cluster) => cluster.stop()))
})

const manifests = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "web:1"}]
`

test('what is applied runs on simulated nodes, and no time has passed', async () => {
  await using cluster = await startCluster({ nodes: 3 })
  const began = cluster.clock.now()
  expect(await cluster.apply(manifests)).toEqual(['created', 'created'])
  await cluster.settle()
  expect(await cluster.get('Deployment', 'web', 'shop')).toMatchObject({ status: { readyReplicas: 3 } })
  expect(await cluster.apply([manifests])).toEqual(['unchanged', 'unchanged'])
  expect(cluster.clock.now()).toBe(began)
  const pods = await cluster.list('Pod', { namespace: 'shop' })
  expect(new Set(pods.map((pod) => pod.spec.nodeName))).toEqual(new Set(['node-1', 'node-2', 'node-3']))
  const about = { kind: 'Pod', name: pods[0]?.metadata.name ?? '', namespace: 'shop' }
  expect((await cluster.events(about)).map(({ reason }) => reason)).toEqual(
    expect.arrayContaining(['Scheduled', 'Pulled', 'Created', 'Started']),
  )
  await cluster.delete('Deployment', 'web', 'shop')
  await cluster.clock.advance('1m')
  expect(await cluster.list('Pod', { namespace: 'shop' })).toEqual([])
})

test('files and folders are applied', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-testing-'))
  try {
    writeFileSync(join(folder, 'web.yaml'), manifests)
    await using cluster = await startCluster()
    expect(await cluster.apply(folder)).toEqual(['created', 'created'])
    expect(
      await cluster.apply(join(folder, 'web.yaml'), { ...web, apiVersion: 'apps/v1', kind: 'Deployment' }),
    ).toEqual(['unchanged', 'unchanged', 'created'])
    await expect(cluster.apply('./none.yaml')).rejects.toThrow('./none.yaml: no such file or folder')
    await expect(cluster.apply('apiVersion: v1\nkind: Pot\nmetadata: {name: a}\n')).rejects.toThrow(
      'manifest:1: unknown kind: Pot in v1',
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a node that dies: taints, evictions, rescheduling', async () => {
  await using cluster = await startCluster({ nodes: 3 })
  await cluster.apply(manifests)
  await cluster.settle()
  await cluster.node('node-1').fail()
  await cluster.clock.advance('6m')
  const dead = await cluster.get('Node', 'node-1')
  expect(dead.spec.taints?.map(({ key, effect }) => `${key}:${effect}`)).toContain(
    'node.kubernetes.io/unreachable:NoExecute',
  )
  const pods = await cluster.list('Pod', { namespace: 'shop' })
  expect(pods.find((pod) => pod.spec.nodeName === 'node-1')?.metadata.deletionTimestamp).toBeDefined()
  expect((await cluster.get('Deployment', 'web', 'shop')).status.readyReplicas).toBe(3)

  await cluster.node('node-1').recover()
  await cluster.clock.advance('1m')
  expect((await cluster.get('Node', 'node-1')).spec.taints).toBeUndefined()
  expect(await cluster.list('Pod', { namespace: 'shop' })).toHaveLength(3)
})

test('the same seed gives the same names, uids, addresses and events', async () => {
  const run = async (seed: number) => {
    await using cluster = await startCluster({ nodes: 3, seed })
    await cluster.apply(manifests)
    await cluster.settle()
    await cluster.node('node-2').fail()
    await cluster.clock.advance('7m')
    const pods = (await cluster.list('Pod')).map(
      ({ metadata: { name, uid, resourceVersion }, status }) => `${name} ${uid} ${resourceVersion} ${status.podIP}`,
    )
    const events = (await cluster.events()).map(
      ({ metadata, reason, involvedObject }) =>
        `${metadata.name} ${metadata.resourceVersion} ${reason} ${involvedObject.name}`,
    )
    return [...pods, ...events]
  }
  const first = await run(1)
  expect(await run(1)).toEqual(first)
  expect(await run(2)).not.toEqual(first)
})

test('watch reports changes as they happen', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const seen: string[] = []
  const changes = cluster.watch('Pod', { namespace: 'shop' })
  await cluster.apply(manifests)
  for await (const { type, object } of changes) {
    seen.push(`${type} ${object.status.phase}`)
    if (object.status.phase === 'Running') break
  }
  expect(seen[0]).toBe('ADDED Pending')
  expect(seen.at(-1)).toBe('MODIFIED Running')
})

test('a cluster that cannot settle says what is busy', async () => {
  await using cluster = await startCluster()
  const remove = cluster.settles({ name: 'my queue', busy: () => '3 keys wait' })
  await expect(cluster.settle()).rejects.toThrow('my queue: 3 keys wait')
  remove()
  await cluster.settle()
  await expect(cluster.settle({ until: () => false, timeout: '1m' })).rejects.toThrow('within 1m')
})

test('settle until: virtual time goes on', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('slow', { start: '90s' })
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'slow' }] },
  })
  const began = cluster.clock.now()
  await cluster.settle({ until: async () => (await cluster.get('Pod', 'p')).status.phase === 'Running' })
  expect(cluster.clock.now() - began).toBe(90_000)
})

test('refuses a user without rights', async () => {
  await using cluster = await startCluster()
  await expect(cluster.as('jane', ['developers']).list(Pods, { namespace: 'default' })).rejects.toMatchObject({
    code: 403,
  })
})

test('a real clock advances by itself', async () => {
  await using cluster = await startCluster({ nodes: 1, clock: 'real' })
  await cluster.apply(manifests)
  await cluster.settle({
    until: async () => (await cluster.get('Deployment', 'web', 'shop')).status.readyReplicas === 3,
  })
  await expect(cluster.clock.advance('1s')).rejects.toThrow('cannot be moved')
})

test('a cluster that was stopped leaves no timer, handle or listener', async () => {
  const before = process.getActiveResourcesInfo()
  for (const clock of ['virtual', 'real'] as const) {
    const cluster = await startCluster({ nodes: 2, clock })
    await cluster.apply(manifests)
    await cluster.settle()
    await cluster.kubeconfigFile()
    await cluster.stop()
    await cluster.stop()
    expect(cluster.clock.nextTimer).toBeUndefined()
  }
  const kinds = new Set([...before, 'Timeout'])
  expect(process.getActiveResourcesInfo().filter((kind) => !kinds.has(kind))).toEqual([])
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before.length)
})

test('a condition may read an object that does not exist yet', async () => {
  await using cluster = await startCluster()
  const made = async () => (await cluster.get('ConfigMap', 'late')).data?.made === 'yes'
  cluster.clock.after(60_000, () => {
    void cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late' }, data: { made: 'yes' } })
  })
  await expect(cluster.settle({ until: made, timeout: '30s' })).rejects.toThrow(
    'the condition did not come true within 30s: configmaps "late" not found',
  )
  await cluster.settle({ until: made })
})

test('a misspelt field is an error, on updates as on creates', async () => {
  await using cluster = await startCluster()
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', ...web }
  const misspelt = { ...deployment, spec: { ...web.spec, replica: 3 } }
  await expect(cluster.apply(misspelt)).rejects.toThrow(/unknown field "spec.replica"/)
  await cluster.apply(deployment)
  await expect(cluster.apply(misspelt)).rejects.toThrow(/unknown field "spec.replica"/)
  await expect(cluster.apply(JSON.stringify(misspelt))).rejects.toThrow(/unknown field "spec.replica"/)
})

test('a namespaced object without a namespace is named', async () => {
  await using cluster = await startCluster()
  const metadata = { name: 'a' }
  for (const asked of [
    cluster.client.create(ConfigMaps, { metadata }),
    cluster.client.get(ConfigMaps, metadata),
    cluster.client.patch(ConfigMaps, metadata, {}),
    cluster.client.delete(ConfigMaps, metadata),
  ])
    await expect(asked).rejects.toThrow(/^ConfigMap needs a namespace$/)
  await cluster.settle()
  expect((await cluster.client.list(ConfigMaps)).items.length).toBeGreaterThan(0)
})
