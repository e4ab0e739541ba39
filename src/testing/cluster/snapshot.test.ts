import { expect, test } from 'vitest'
import { startCluster } from './cluster.ts'

const web = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
})
const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })

test('restore goes back to a snapshot, again and again', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  await cluster.apply(web(2), map('before'))
  await cluster.settle()
  const snapshot = await cluster.snapshot()
  const pods = (await cluster.list('Pod')).map(({ metadata }) => metadata.uid)
  const names = async () => (await cluster.list('ConfigMap', { namespace: 'default' })).map((m) => m.metadata.name)

  for (let round = 0; round < 3; round++) {
    await cluster.apply(web(5), map('during'))
    await cluster.delete('ConfigMap', 'before')
    cluster.faults.add({ status: 500 })
    await cluster.node('node-1').fail()
    await cluster.clock.advance('10m')
    await cluster.restore(snapshot)
    expect(await names()).toEqual(['before', 'kube-root-ca.crt'])
    expect((await cluster.list('Pod')).map(({ metadata }) => metadata.uid)).toEqual(pods)
    await cluster.clock.advance('1m')
    expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 2 } })
    expect((await cluster.list('Pod')).map(({ metadata }) => metadata.uid)).toEqual(pods)
  }
})

test('what images do is restored too', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const snapshot = await cluster.snapshot()
  cluster.image('web:1', { crashAfter: 0 })
  await cluster.restore(snapshot)
  await cluster.apply(web(1))
  await cluster.settle()
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 1 } })
})

test('the timeline shows each write with its time and user', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  await cluster.apply(web(1))
  await cluster.settle()
  await cluster.clock.advance('10s')
  await cluster.apply(web(2))
  await cluster.settle()
  const timeline = cluster.timeline({ about: 'web' })
  const text = String(timeline)
  expect(text).toContain('+0s       kubernetes-admin: create deployments default/web')
  expect(text).toMatch(/\+0s +scheduler: create pods\/binding default\/web-/)
  expect(text).toMatch(/\+0s +node-1: patch pods\/status default\/web-.*status\.phase: Pending → Running/)
  expect(text).toMatch(/\+10s +kubernetes-admin: patch deployments default\/web .*spec\.replicas: 1 → 2/)
  const diagram = timeline.mermaid().split('\n')
  expect(diagram[0]).toBe('sequenceDiagram')
  expect(diagram).toContain('  participant p0 as kubernetes-admin')
  expect(diagram).toContain('  p0->>api: create deployments default/web')
})

test('the dump says what is wrong', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('web:1', { pullError: 'manifest unknown' })
  await cluster.apply(web(1))
  await cluster.settle()
  const text = await cluster.dump()
  expect(text).toContain('Deployment default/web  0/1 ready')
  expect(text).toMatch(/Pod default\/web-\S+ {2}on node-1, Pending, web waits: ErrImagePull manifest unknown/)
  expect(text).toContain('Failed to pull image "web:1": manifest unknown')
})

test("another cluster's snapshot is refused", async () => {
  await using one = await startCluster()
  await using other = await startCluster()
  await expect(other.restore(await one.snapshot())).rejects.toThrow('restore takes a snapshot of this cluster')
})
