import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Deployment, Deployments, ReplicaSets } from '../../api/apps/v1/index.ts'
import { Pods } from '../../api/core/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { isReady } from '../../client/pods.ts'
import { flakyClient } from '../../client/testing/flaky-client.ts'
import { nextTurn } from '../../client/turn.ts'
import { namespace, startWorkloads, template, until, type Workloads } from '../../testing/workloads.ts'

describe.each([0, 3])('Deployments, events %i turns late', (turns) => {
  let w: Workloads
  beforeEach(async () => {
    w = await startWorkloads({ lag: turns })
  })
  afterEach(() => w.close())

  const matchLabels = { app: 'web' }
  const create = (spec: Partial<Deployment['spec']> = {}) =>
    w.client.create(Deployments, {
      metadata: { name: 'web', namespace, annotations: { 'kubernetes.io/change-cause': 'first' } },
      spec: { replicas: 4, selector: { matchLabels }, template: template(matchLabels), ...spec },
    })
  const deployment = () => w.read(Deployments, 'web')
  const change = (spec: object) => w.client.patch(Deployments, { namespace, name: 'web' }, { spec })
  const image = (name: string) => change({ template: template(matchLabels, name) })
  const condition = ({ status }: Stored<KubeObject & { status?: Deployment['status'] }>, type: string) =>
    status.conditions?.find((one) => one.type === type)
  const complete = () =>
    until(
      deployment,
      (one) =>
        one.status.observedGeneration === one.metadata.generation &&
        one.status.updatedReplicas === one.spec.replicas &&
        one.status.replicas === one.spec.replicas &&
        one.status.availableReplicas === one.spec.replicas,
    )

  test('roll out, roll on within their limits, and roll back', async () => {
    await create()
    const first = await complete()
    expect(first.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
    const done = await until(deployment, (one) => condition(one, 'Progressing')?.reason === 'NewReplicaSetAvailable')
    const [set] = await w.sets()
    const name = set?.metadata.name ?? ''
    expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
    expect(set?.metadata).toMatchObject({
      labels: { app: 'web', 'pod-template-hash': name.slice(4) },
      annotations: {
        'deployment.kubernetes.io/desired-replicas': '4',
        'deployment.kubernetes.io/max-replicas': '5',
        'deployment.kubernetes.io/revision': '1',
        'kubernetes.io/change-cause': 'first',
      },
    })
    expect(condition(done, 'Progressing')?.message).toBe(`ReplicaSet "${name}" has successfully progressed.`)
    expect(condition(done, 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' })

    let most = 0
    let least = 4
    w.counted = (all) => {
      most = Math.max(most, all.length)
      least = Math.min(least, all.filter(isReady).length)
    }
    await image('web:2')
    const isRolledOut = (one: Stored<Deployment>) =>
      one.status.observedGeneration === one.metadata.generation &&
      one.status.updatedReplicas === 4 &&
      one.status.replicas === 4
    const second = await until(deployment, isRolledOut)
    expect(most).toBe(5)
    expect(least).toBeGreaterThanOrEqual(3)
    expect(second.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
    await complete()

    await image('web:1')
    const third = await complete()
    expect(third.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
    const again = await w.read(ReplicaSets, name)
    expect(again.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
    expect(await w.sets()).toHaveLength(2)
    const scalings = await until(
      () => w.messages('ScalingReplicaSet'),
      (all) => all.length > 4,
    )
    expect(scalings[0]).toBe(`Scaled up replica set ${name} from 0 to 4`)
    expect(scalings).toContainEqual(`Scaled down replica set ${name} from 4 to 3`)
  })

  test('Recreate: no new pod before the last old one has gone', async () => {
    await create({ strategy: { type: 'Recreate' }, replicas: 3 })
    await complete()
    await image('web:2')
    const images = new Set<string>()
    const observe = async () => {
      const present = new Set(
        (await w.client.list(Pods, { namespace })).items.map((pod) => pod.spec.containers[0]?.image),
      )
      images.add([...present].sort().join('+'))
      return deployment()
    }
    await until(
      observe,
      (one) => one.status.updatedReplicas === 3 && one.status.observedGeneration === one.metadata.generation,
    )
    await complete()
    expect(images).not.toContain('web:1+web:2')
  })

  test('paused: sizes follow, templates wait', async () => {
    await create()
    await complete()
    await change({ paused: true, template: template(matchLabels, 'web:2') })
    const paused = await until(deployment, (one) => condition(one, 'Progressing')?.reason === 'DeploymentPaused')
    expect(condition(paused, 'Progressing')).toMatchObject({ status: 'Unknown', message: 'Deployment is paused' })
    await change({ replicas: 6 })
    await until(w.pods, (all) => all.length === 6)
    expect(await w.sets()).toHaveLength(1)
    await change({ paused: false })
    await complete()
    expect(await w.sets()).toHaveLength(2)
  })

  test('scaled in the middle of a rollout, both versions grow in proportion', async () => {
    await create({
      replicas: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    })
    await complete()
    w.kubelet = false
    await image('web:2')
    const size = (all: Awaited<ReturnType<Workloads['sets']>>) => all.map(({ spec }) => spec.replicas).sort()
    await until(w.sets, (all) => JSON.stringify(size(all)) === '[5,8]')
    await change({ replicas: 15 })
    // 18 may run; 8 and 5 of 13 are 11 and 7 of 18.
    await until(w.sets, (all) => JSON.stringify(size(all)) === '[11,7]')
  })

  test('a rollout that is stuck is called so after its deadline, and goes on all the same', async () => {
    await create({ replicas: 2, progressDeadlineSeconds: 60 })
    await complete()
    w.kubelet = false
    await image('web:2')
    await until(w.sets, (all) => all.length === 2)
    await w.settle()
    await w.clock.advance('59s')
    expect(condition(await deployment(), 'Progressing')?.status).toBe('True')
    await w.clock.advance('5s')
    const stuck = await until(deployment, (one) => condition(one, 'Progressing')?.status === 'False')
    expect(condition(stuck, 'Progressing')).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      message: expect.stringMatching(/^ReplicaSet "web-.*" has timed out progressing\.$/),
    })
    w.kubelet = true
    for (const pod of await w.pods()) if (!isReady(pod)) await w.becomeReady(pod)
    await complete()
    await until(deployment, (one) => condition(one, 'Progressing')?.reason === 'NewReplicaSetAvailable')
  })

  test('keep no more history than they are told', async () => {
    await create({ replicas: 1, revisionHistoryLimit: 1 })
    await complete()
    for (const version of ['web:2', 'web:3', 'web:4']) {
      await image(version)
      await complete()
    }
    const left = await until(w.sets, (all) => all.length === 2)
    const revisions = left.map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'])
    expect(revisions.sort()).toEqual(['3', '4'])
  })

  test('a name that is taken by another ReplicaSet is counted as a collision', async () => {
    await create({ paused: true, replicas: 1 })
    await until(deployment, (one) => one.status.observedGeneration === 1)
    await change({ paused: false })
    await complete()
    const [set] = await w.sets()
    await w.client.delete(Deployments, { namespace, name: 'web' }, { propagationPolicy: 'Orphan' })
    const name = set?.metadata.name ?? ''
    const refs = { metadata: { ownerReferences: null, labels: { app: 'other' } } }
    await w.client.patch(ReplicaSets, { namespace, name }, refs)
    await w.client.patch(Deployments, { namespace, name: 'web' }, { metadata: { finalizers: null } }).catch(() => {})
    await w.settle()
    await create({ replicas: 1 })
    const collided = await complete()
    expect(collided.status.collisionCount).toBe(1)
  })

  test('a rollout goes on where it was when the controllers start again, however often', async () => {
    await create({ replicas: 8 })
    await complete()
    let most = 0
    await image('web:2')
    for (let restart = 0; restart < 6; restart++) {
      w.stop()
      await w.start()
      w.counted = (all) => {
        most = Math.max(most, all.length)
      }
      for (let turn = 0; turn < 1 + restart; turn++) await nextTurn()
    }
    await complete()
    expect(most).toBeLessThanOrEqual(10)
    expect(await w.sets()).toHaveLength(2)
    expect((await w.pods()).map((pod) => pod.spec.containers[0]?.image)).toEqual(Array(8).fill('web:2'))
  })

  test('adopt ReplicaSets that they left behind', async () => {
    await create({ replicas: 1 })
    await complete()
    const [set] = await w.sets()
    const name = set?.metadata.name ?? ''
    await w.client.patch(ReplicaSets, { namespace, name }, { metadata: { ownerReferences: null } })
    const adopted = await until(
      () => w.read(ReplicaSets, name),
      ({ metadata }) => metadata.ownerReferences !== undefined,
    )
    expect(adopted.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'web', controller: true })
  })
})

test.each([11, 22, 33])('on a bad line (%i) a rollout takes longer, and comes out right', async (start) => {
  let seed = start
  const next = () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
  const trouble = { next, failing: 0.1, lost: 0.1, lateMs: 500, breaking: 0.05 }
  const w = await startWorkloads({ line: (client, clock) => flakyClient(client, { ...trouble, clock }) })
  try {
    const labels = { app: 'web' }
    const spec = { replicas: 10, selector: { matchLabels: labels }, template: template(labels) }
    let most = 0
    w.counted = (active) => {
      for (const pods of Map.groupBy(active, (pod) => pod.spec.containers[0]?.image).values())
        most = Math.max(most, pods.length)
    }
    const rolledOut = async (image: string) => {
      for (let minute = 0; ; minute++) {
        await w.clock.advance('10s')
        const images = (await w.pods()).filter(isReady).map((pod) => pod.spec.containers[0]?.image)
        if (images.length === 10 && images.every((one) => one === image)) return
        if (minute > 200) throw new Error(`still ${images}`)
      }
    }
    await w.client.create(Deployments, { metadata: { name: 'web', namespace }, spec })
    await rolledOut('web:1')
    await w.client.patch(Deployments, { name: 'web', namespace }, { spec: { template: template(labels, 'web:2') } })
    await rolledOut('web:2')
    await w.clock.advance('10m')
    expect(await w.pods()).toHaveLength(10)
    expect(await w.sets()).toHaveLength(2)
    // Of both versions together there may be more: what is told to go need not have gone yet.
    expect(most).toBe(10)
  } finally {
    await w.close()
  }
})
