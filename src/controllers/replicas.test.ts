import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ReplicaSets } from '../api/apps/v1/index.ts'
import { Pods, ReplicationControllers } from '../api/core/v1/index.ts'
import { keyOf } from '../api/object.ts'
import { nextTurn } from '../client/turn.ts'
import { namespace, startWorkloads, template, until, type Workloads } from '../testing/workloads.ts'

describe.each([0, 3])('ReplicaSets and ReplicationControllers, events %i turns late', (turns) => {
  let w: Workloads
  beforeEach(async () => {
    w = await startWorkloads({ lag: turns })
  })
  afterEach(() => w.close())

  test('keep the number of pods, and say so', async () => {
    const selector = { app: 'web' }
    await w.client.create(ReplicationControllers, {
      metadata: { name: 'web', namespace },
      spec: { replicas: 3, selector, template: template(selector) },
    })
    const rc = await until(
      () => w.read(ReplicationControllers, 'web'),
      ({ status }) => status.availableReplicas === 3,
    )
    expect(rc.status).toMatchObject({ replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, observedGeneration: 1 })
    const [one] = await w.pods()
    expect(one?.metadata).toMatchObject({
      name: expect.stringMatching(/^web-.{5}$/),
      ownerReferences: [{ kind: 'ReplicationController', name: 'web', controller: true, blockOwnerDeletion: true }],
    })
    await until(
      () => w.messages('SuccessfulCreate'),
      (all) => all.length > 0,
    )

    if (one) await w.client.delete(Pods, one.metadata, { gracePeriodSeconds: 0 })
    await until(w.pods, (all) => all.length === 3 && all.every((pod) => pod.metadata.uid !== one?.metadata.uid))

    await w.client.patch(ReplicationControllers, { namespace, name: 'web' }, { spec: { replicas: 1 } })
    await until(w.pods, (all) => all.length === 1)
    await until(
      () => w.messages('SuccessfulDelete'),
      (all) => all.length > 0,
    )
  })

  test('never create too many, however many changes come at once', async () => {
    const matchLabels = { app: 'many' }
    await w.client.create(ReplicaSets, {
      metadata: { name: 'many', namespace },
      spec: { replicas: 100, selector: { matchLabels }, template: template(matchLabels) },
    })
    for (let i = 0; i < 20; i++) {
      await w.client.patch(ReplicaSets, { namespace, name: 'many' }, { metadata: { annotations: { turn: String(i) } } })
      await nextTurn()
    }
    await until(w.pods, (all) => all.length >= 100)
    await w.settle()
    expect(await w.pods()).toHaveLength(100)
    expect((await w.client.list(Pods, { namespace })).items).toHaveLength(100)
  })

  test('adopt pods that match and let go of those that no longer do', async () => {
    const matchLabels = { app: 'web' }
    await w.client.create(Pods, { ...template({}), metadata: { name: 'orphan', namespace, labels: matchLabels } })
    await w.client.create(ReplicaSets, {
      metadata: { name: 'web', namespace },
      spec: { replicas: 2, selector: { matchLabels }, template: template(matchLabels) },
    })
    await until(w.pods, (all) => all.length === 2)
    expect((await w.read(Pods, 'orphan')).metadata.ownerReferences?.[0]?.name).toBe('web')

    await w.client.patch(Pods, { namespace, name: 'orphan' }, { metadata: { labels: { app: 'other' } } })
    await until(w.pods, (all) => all.length === 3)
    expect((await w.read(Pods, 'orphan')).metadata.ownerReferences ?? []).toEqual([])
  })

  test('delete the pods that are missed least', async () => {
    w.kubelet = false
    const matchLabels = { app: 'web' }
    await w.client.create(ReplicaSets, {
      metadata: { name: 'web', namespace },
      spec: { replicas: 4, selector: { matchLabels }, template: template(matchLabels) },
    })
    const [a, b, c, d] = await until(w.pods, (all) => all.length === 4)
    if (!a || !b || !c || !d) throw new Error('four pods')
    await w.becomeReady(a)
    await w.becomeReady(b)
    await w.becomeReady(c)
    const cost = { 'controller.kubernetes.io/pod-deletion-cost': '-10' }
    await w.client.patch(Pods, b.metadata, { metadata: { annotations: cost } })
    await until(
      () => w.read(ReplicaSets, 'web'),
      ({ status }) => status.readyReplicas === 3,
    )
    await w.client.patch(ReplicaSets, { namespace, name: 'web' }, { spec: { replicas: 2 } })
    const left = await until(w.pods, (all) => all.length === 2)
    expect(left.map(keyOf).sort()).toEqual([a, c].map(keyOf).sort())
  })

  test('count a pod as available only after minReadySeconds', async () => {
    const matchLabels = { app: 'slow' }
    await w.client.create(ReplicaSets, {
      metadata: { name: 'slow', namespace },
      spec: { replicas: 1, minReadySeconds: 30, selector: { matchLabels }, template: template(matchLabels) },
    })
    const ready = await until(
      () => w.read(ReplicaSets, 'slow'),
      ({ status }) => status.readyReplicas === 1,
    )
    expect(ready.status.availableReplicas ?? 0).toBe(0)
    await w.clock.advance('31s')
    await until(
      () => w.read(ReplicaSets, 'slow'),
      ({ status }) => status.availableReplicas === 1,
    )
  })

  test('say that pods cannot be created', async () => {
    const matchLabels = { app: 'web' }
    const bad = { ...template(matchLabels), spec: { ...template({}).spec, serviceAccountName: 'nobody' } }
    await w.client.create(ReplicaSets, {
      metadata: { name: 'bad', namespace },
      spec: { replicas: 5, selector: { matchLabels }, template: bad },
    })
    const { status } = await until(
      () => w.read(ReplicaSets, 'bad'),
      (set) => (set.status.conditions ?? []).length > 0,
    )
    expect(status.conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: expect.stringContaining('nobody') },
    ])
    const [first] = await until(
      () => w.messages('FailedCreate'),
      (all) => all.length > 0,
    )
    expect(first).toMatch(/^Error creating: pods "bad-.*" is forbidden: /)
  })
})
