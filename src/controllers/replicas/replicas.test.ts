import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { badLine } from '../../../test/support/bad-line.ts'
import { ReplicaSets } from '../../api/apps/v1/index.ts'
import { isActive } from '../../api/core/pods.ts'
import { Pods, ReplicationControllers } from '../../api/core/v1/index.ts'
import { nextTurn } from '../../api/turn.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

/** Late events of their own writes must not make controllers write twice. */
describe.each([0, 500])('ReplicaSets and ReplicationControllers, events up to %i ms late', (lateMs) => {
  let cluster: TestCluster
  beforeEach(async () => {
    cluster = await startCluster({ nodes: 2, seed: 1, ...(lateMs > 0 && { line: badLine(1, { lateMs }) }) })
    await rest()
  })
  afterEach(() => cluster.stop())

  const namespace = 'default'
  /** Waits until all events have arrived. */
  const rest = () => cluster.clock.advance('10s')
  const matchLabels = { app: 'web' }
  const template = { metadata: { labels: matchLabels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }
  const replicaSet = async (replicas: number, spec = {}) => {
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'web' },
      spec: { replicas, selector: { matchLabels }, template, ...spec },
    })
    await rest()
  }
  const change = async (spec: object) => {
    await cluster.client.patch(ReplicaSets, { name: 'web', namespace }, { spec })
    await rest()
  }
  const pods = async () => (await cluster.list('Pod')).filter(isActive)
  const messages = async (kind: string, reason: string) =>
    (await cluster.events({ kind, name: 'web' })).filter((event) => event.reason === reason).map((e) => e.message)

  test('keep the number of pods, and report it in the status', async () => {
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'web' },
      spec: { replicas: 3, selector: matchLabels, template },
    })
    await rest()
    expect((await cluster.get('ReplicationController', 'web')).status).toMatchObject({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
    })
    const [one] = await pods()
    expect(one?.metadata).toMatchObject({
      name: expect.stringMatching(/^web-.{5}$/),
      ownerReferences: [{ kind: 'ReplicationController', name: 'web', controller: true, blockOwnerDeletion: true }],
    })
    expect(await messages('ReplicationController', 'SuccessfulCreate')).toHaveLength(3)

    await cluster.delete('Pod', one?.metadata.name ?? '', namespace, { gracePeriodSeconds: 0 })
    await rest()
    const uids = (await pods()).map(({ metadata }) => metadata.uid)
    expect(uids).toHaveLength(3)
    expect(uids).not.toContain(one?.metadata.uid)

    await cluster.client.patch(ReplicationControllers, { namespace, name: 'web' }, { spec: { replicas: 1 } })
    await rest()
    expect(await pods()).toHaveLength(1)
    expect(await messages('ReplicationController', 'SuccessfulDelete')).toHaveLength(2)
  })

  test('never create too many, however many changes come at once', async () => {
    const created = cluster.watch('Pod')
    const set = replicaSet(100)
    for (let i = 0; i < 20; i++) {
      const turn = { metadata: { annotations: { turn: String(i) } } }
      await cluster.client.patch(ReplicaSets, { namespace, name: 'web' }, turn).catch(() => {})
      await nextTurn()
    }
    await set
    expect(await cluster.list('Pod')).toHaveLength(100)
    await cluster.stop()
    let all = 0
    for await (const { type } of created) if (type === 'ADDED') all++
    expect(all).toBe(100)
  })

  test('adopt pods that match and let go of those that no longer do', async () => {
    const { spec } = template
    await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'orphan', labels: matchLabels }, spec })
    await replicaSet(2)
    expect(await pods()).toHaveLength(2)
    expect((await cluster.get('Pod', 'orphan')).metadata.ownerReferences?.[0]?.name).toBe('web')

    await cluster.client.patch(Pods, { namespace, name: 'orphan' }, { metadata: { labels: { app: 'other' } } })
    await rest()
    expect(await pods()).toHaveLength(3)
    expect((await cluster.get('Pod', 'orphan')).metadata.ownerReferences ?? []).toEqual([])
  })

  test('delete the least important pods', async () => {
    await replicaSet(3)
    const [a, b, c] = await pods()
    cluster.image('web:1', { start: '1h' })
    await change({ replicas: 4 })
    const cost = { 'controller.kubernetes.io/pod-deletion-cost': '-10' }
    await cluster.client.patch(Pods, b?.metadata ?? { name: '' }, { metadata: { annotations: cost } })
    await rest()
    expect((await cluster.get('ReplicaSet', 'web')).status).toMatchObject({ replicas: 4, readyReplicas: 3 })
    await change({ replicas: 2 })
    const left = (await pods()).map(({ metadata }) => metadata.name)
    expect(left.sort()).toEqual([a, c].map((pod) => pod?.metadata.name).sort())
  })

  test('count a pod as available only after minReadySeconds', async () => {
    await replicaSet(1, { minReadySeconds: 30 })
    const { status } = await cluster.get('ReplicaSet', 'web')
    expect([status.readyReplicas, status.availableReplicas ?? 0]).toEqual([1, 0])
    await cluster.clock.advance('31s')
    expect((await cluster.get('ReplicaSet', 'web')).status.availableReplicas).toBe(1)
  })

  test('report that pods cannot be created', async () => {
    await replicaSet(5, { template: { ...template, spec: { ...template.spec, serviceAccountName: 'nobody' } } })
    expect((await cluster.get('ReplicaSet', 'web')).status.conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: expect.stringContaining('nobody') },
    ])
    const [first] = await messages('ReplicaSet', 'FailedCreate')
    expect(first).toMatch(/^Error creating: pods "web-.*" is forbidden: /)
  })
})
