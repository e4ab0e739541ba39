import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Deployment, Deployments, ReplicaSets } from '../api/apps/v1/index.ts'
import type { Backend } from '../api/call.ts'
import { formatTime } from '../api/clock.ts'
import { Events, Namespaces, type Pod, Pods, ReplicationControllers } from '../api/core/v1/index.ts'
import { type KubeObject, keyOf, type Stored } from '../api/object.ts'
import { systemRandom } from '../api/random.ts'
import type { ResourceType } from '../api/schema/package.ts'
import { startTestServer, type TestServer } from '../apiserver/testing.ts'
import type { Client } from '../client/client.ts'
import { eventRecorder } from '../client/events.ts'
import { createInformers } from '../client/informers.ts'
import { localClient } from '../client/local.ts'
import { silentLog } from '../client/log.ts'
import { isActive, isReady } from '../client/pods.ts'
import { runControllers } from '../client/run.ts'
import { nextTurn } from '../client/turn.ts'
import { type VirtualClock, virtualClock } from '../testing/clock.ts'
import { deploymentController } from './deployment/deployment.ts'
import { replicaSetController } from './replicaset.ts'
import { replicationControllerController } from './replicationcontroller.ts'

const namespace = 'default'
const masters = { name: 'admin', groups: ['system:masters'] }
const manager = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] }

let server: TestServer
let clock: VirtualClock
let client: Client
let stop: () => void
/** Whether pods get ready by themselves, as on a node. */
let kubelet: boolean
/** Turns by which watch events are late. */
let lag = 0
/** Told after each change. */
let counted: (active: Stored<Pod>[]) => void

beforeEach(async () => {
  clock = virtualClock()
  server = await startTestServer({ clock, bootstrap: false })
  client = localClient(server.server, masters)
  await client.create(Namespaces, { metadata: { name: namespace } })
  kubelet = true
  counted = () => {}
  await start()
})

afterEach(async () => {
  stop()
  await server.close()
})

/** Watch events reach the controllers some turns late, as they do over a network; of pods later than of others. */
function lagging(backend: Backend): Backend {
  return {
    call: (call) => backend.call(call),
    resource: (group, version, resource) => backend.resource(group, version, resource),
    watch(call, sink) {
      let last = Promise.resolve()
      const later = (then: () => void) => {
        last = last.then(async () => {
          for (let turn = call.resource === 'pods' ? 2 * lag : lag; turn > 0; turn--) await nextTurn()
          then()
        })
      }
      return backend.watch(call, {
        events: (batch) => later(() => sink.events(batch)),
        end: (error) => later(() => sink.end(error)),
      })
    },
  }
}

async function start(): Promise<void> {
  const own = localClient(lagging(server.server), manager)
  const sources = { client: own, clock, random: systemRandom, log: silentLog }
  const informers = createInformers(sources)
  const events = eventRecorder({ ...sources, component: 'test' })
  const ctx = { ...sources, informers, events }
  const ending = new AbortController()
  const makers = [replicationControllerController, replicaSetController, deploymentController]
  await runControllers(
    makers.map((make) => make(ctx)),
    ctx,
    ending.signal,
  ).started
  const onPods = informers.of(Pods)
  const changed = (pod: Stored<Pod>) => {
    counted(onPods.list(namespace).filter(isActive))
    care(pod)
  }
  onPods.on({ added: changed, updated: changed, deleted: () => counted(onPods.list(namespace).filter(isActive)) })
  stop = () => {
    ending.abort()
    informers.stop()
  }
}

function care(pod: Stored<Pod>): void {
  if (pod.metadata.deletionTimestamp) void client.delete(Pods, pod.metadata, { gracePeriodSeconds: 0 }).catch(() => {})
  else if (kubelet && !isReady(pod)) void becomeReady(pod)
}

async function becomeReady(pod: Stored<Pod>, ready = 'True'): Promise<void> {
  const condition = { type: 'Ready', status: ready, lastTransitionTime: formatTime(clock.now()) }
  const status = { phase: 'Running', conditions: [condition] }
  await client.patch(Pods, pod.metadata, { status }, { subresource: 'status' }).catch(() => {})
}

async function until<T>(read: () => Promise<T>, accept: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + 5000
  for (;;) {
    const value = await read()
    if (accept(value)) return value
    if (performance.now() > deadline) throw new Error(`never came: ${JSON.stringify(value, null, 1)}`)
    await nextTurn()
  }
}

/** Lets everything that is under way come to rest. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await nextTurn()
}

const pods = async () => (await client.list(Pods, { namespace })).items.filter(isActive)
const sets = async () => (await client.list(ReplicaSets, { namespace })).items
const messages = async (reason: string) =>
  (await client.list(Events, { namespace })).items.filter((event) => event.reason === reason).map((e) => e.message)
const read = <T>(resource: ResourceType<T>, name: string) => client.get(resource, { namespace, name })

const template = (labels: Record<string, string>, image = 'web:1') => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image }] },
})

describe.each([0, 3])('ReplicaSets and ReplicationControllers, events %i turns late', (turns) => {
  beforeAll(() => {
    lag = turns
  })

  test('keep the number of pods, and say so', async () => {
    const selector = { app: 'web' }
    await client.create(ReplicationControllers, {
      metadata: { name: 'web', namespace },
      spec: { replicas: 3, selector, template: template(selector) },
    })
    const rc = await until(
      () => read(ReplicationControllers, 'web'),
      ({ status }) => status.availableReplicas === 3,
    )
    expect(rc.status).toMatchObject({ replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, observedGeneration: 1 })
    const [one] = await pods()
    expect(one?.metadata).toMatchObject({
      name: expect.stringMatching(/^web-.{5}$/),
      ownerReferences: [{ kind: 'ReplicationController', name: 'web', controller: true, blockOwnerDeletion: true }],
    })
    await until(
      () => messages('SuccessfulCreate'),
      (all) => all.length > 0,
    )

    if (one) await client.delete(Pods, one.metadata, { gracePeriodSeconds: 0 })
    await until(pods, (all) => all.length === 3 && all.every((pod) => pod.metadata.uid !== one?.metadata.uid))

    await client.patch(ReplicationControllers, { namespace, name: 'web' }, { spec: { replicas: 1 } })
    await until(pods, (all) => all.length === 1)
    await until(
      () => messages('SuccessfulDelete'),
      (all) => all.length > 0,
    )
  })

  test('never create too many, however many changes come at once', async () => {
    const matchLabels = { app: 'many' }
    await client.create(ReplicaSets, {
      metadata: { name: 'many', namespace },
      spec: { replicas: 100, selector: { matchLabels }, template: template(matchLabels) },
    })
    for (let i = 0; i < 20; i++) {
      await client.patch(ReplicaSets, { namespace, name: 'many' }, { metadata: { annotations: { turn: String(i) } } })
      await nextTurn()
    }
    await until(pods, (all) => all.length >= 100)
    await settle()
    expect(await pods()).toHaveLength(100)
    expect((await client.list(Pods, { namespace })).items).toHaveLength(100)
  })

  test('adopt pods that match and let go of those that no longer do', async () => {
    const matchLabels = { app: 'web' }
    await client.create(Pods, { ...template({}), metadata: { name: 'orphan', namespace, labels: matchLabels } })
    await client.create(ReplicaSets, {
      metadata: { name: 'web', namespace },
      spec: { replicas: 2, selector: { matchLabels }, template: template(matchLabels) },
    })
    await until(pods, (all) => all.length === 2)
    expect((await read(Pods, 'orphan')).metadata.ownerReferences?.[0]?.name).toBe('web')

    await client.patch(Pods, { namespace, name: 'orphan' }, { metadata: { labels: { app: 'other' } } })
    await until(pods, (all) => all.length === 3)
    expect((await read(Pods, 'orphan')).metadata.ownerReferences ?? []).toEqual([])
  })

  test('delete the pods that are missed least', async () => {
    kubelet = false
    const matchLabels = { app: 'web' }
    await client.create(ReplicaSets, {
      metadata: { name: 'web', namespace },
      spec: { replicas: 4, selector: { matchLabels }, template: template(matchLabels) },
    })
    const [a, b, c, d] = await until(pods, (all) => all.length === 4)
    if (!a || !b || !c || !d) throw new Error('four pods')
    await becomeReady(a)
    await becomeReady(b)
    await becomeReady(c)
    const cost = { 'controller.kubernetes.io/pod-deletion-cost': '-10' }
    await client.patch(Pods, b.metadata, { metadata: { annotations: cost } })
    await until(
      () => read(ReplicaSets, 'web'),
      ({ status }) => status.readyReplicas === 3,
    )
    await client.patch(ReplicaSets, { namespace, name: 'web' }, { spec: { replicas: 2 } })
    const left = await until(pods, (all) => all.length === 2)
    expect(left.map(keyOf).sort()).toEqual([a, c].map(keyOf).sort())
  })

  test('count a pod as available only after minReadySeconds', async () => {
    const matchLabels = { app: 'slow' }
    await client.create(ReplicaSets, {
      metadata: { name: 'slow', namespace },
      spec: { replicas: 1, minReadySeconds: 30, selector: { matchLabels }, template: template(matchLabels) },
    })
    const ready = await until(
      () => read(ReplicaSets, 'slow'),
      ({ status }) => status.readyReplicas === 1,
    )
    expect(ready.status.availableReplicas ?? 0).toBe(0)
    await clock.advance('31s')
    await until(
      () => read(ReplicaSets, 'slow'),
      ({ status }) => status.availableReplicas === 1,
    )
  })

  test('say that pods cannot be created', async () => {
    const matchLabels = { app: 'web' }
    const bad = { ...template(matchLabels), spec: { ...template({}).spec, serviceAccountName: 'nobody' } }
    await client.create(ReplicaSets, {
      metadata: { name: 'bad', namespace },
      spec: { replicas: 5, selector: { matchLabels }, template: bad },
    })
    const { status } = await until(
      () => read(ReplicaSets, 'bad'),
      (set) => (set.status.conditions ?? []).length > 0,
    )
    expect(status.conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: expect.stringContaining('nobody') },
    ])
    const [first] = await until(
      () => messages('FailedCreate'),
      (all) => all.length > 0,
    )
    expect(first).toMatch(/^Error creating: pods "bad-.*" is forbidden: /)
  })
})

describe.each([0, 3])('Deployments, events %i turns late', (turns) => {
  beforeAll(() => {
    lag = turns
  })

  const matchLabels = { app: 'web' }
  const create = (spec: Partial<Deployment['spec']> = {}) =>
    client.create(Deployments, {
      metadata: { name: 'web', namespace, annotations: { 'kubernetes.io/change-cause': 'first' } },
      spec: { replicas: 4, selector: { matchLabels }, template: template(matchLabels), ...spec },
    })
  const deployment = () => read(Deployments, 'web')
  const change = (spec: object) => client.patch(Deployments, { namespace, name: 'web' }, { spec })
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
    const [set] = await sets()
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
    counted = (all) => {
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
    const again = await read(ReplicaSets, name)
    expect(again.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
    expect(await sets()).toHaveLength(2)
    const scalings = await until(
      () => messages('ScalingReplicaSet'),
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
        (await client.list(Pods, { namespace })).items.map((pod) => pod.spec.containers[0]?.image),
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
    await until(pods, (all) => all.length === 6)
    expect(await sets()).toHaveLength(1)
    await change({ paused: false })
    await complete()
    expect(await sets()).toHaveLength(2)
  })

  test('scaled in the middle of a rollout, both versions grow in proportion', async () => {
    await create({
      replicas: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    })
    await complete()
    kubelet = false
    await image('web:2')
    const size = (all: Awaited<ReturnType<typeof sets>>) => all.map(({ spec }) => spec.replicas).sort()
    await until(sets, (all) => JSON.stringify(size(all)) === '[5,8]')
    await change({ replicas: 15 })
    // 18 may run; 8 and 5 of 13 are 11 and 7 of 18.
    await until(sets, (all) => JSON.stringify(size(all)) === '[11,7]')
  })

  test('a rollout that is stuck is called so after its deadline, and goes on all the same', async () => {
    await create({ replicas: 2, progressDeadlineSeconds: 60 })
    await complete()
    kubelet = false
    await image('web:2')
    await until(sets, (all) => all.length === 2)
    await settle()
    await clock.advance('59s')
    expect(condition(await deployment(), 'Progressing')?.status).toBe('True')
    await clock.advance('5s')
    const stuck = await until(deployment, (one) => condition(one, 'Progressing')?.status === 'False')
    expect(condition(stuck, 'Progressing')).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      message: expect.stringMatching(/^ReplicaSet "web-.*" has timed out progressing\.$/),
    })
    kubelet = true
    for (const pod of await pods()) if (!isReady(pod)) await becomeReady(pod)
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
    const left = await until(sets, (all) => all.length === 2)
    const revisions = left.map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'])
    expect(revisions.sort()).toEqual(['3', '4'])
  })

  test('a name that is taken by another ReplicaSet is counted as a collision', async () => {
    await create({ paused: true, replicas: 1 })
    await until(deployment, (one) => one.status.observedGeneration === 1)
    await change({ paused: false })
    await complete()
    const [set] = await sets()
    await client.delete(Deployments, { namespace, name: 'web' }, { propagationPolicy: 'Orphan' })
    const name = set?.metadata.name ?? ''
    const refs = { metadata: { ownerReferences: null, labels: { app: 'other' } } }
    await client.patch(ReplicaSets, { namespace, name }, refs)
    await client.patch(Deployments, { namespace, name: 'web' }, { metadata: { finalizers: null } }).catch(() => {})
    await settle()
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
      stop()
      await start()
      counted = (all) => {
        most = Math.max(most, all.length)
      }
      for (let turn = 0; turn < 1 + restart; turn++) await nextTurn()
    }
    await complete()
    expect(most).toBeLessThanOrEqual(10)
    expect(await sets()).toHaveLength(2)
    expect((await pods()).map((pod) => pod.spec.containers[0]?.image)).toEqual(Array(8).fill('web:2'))
  })

  test('adopt ReplicaSets that they left behind', async () => {
    await create({ replicas: 1 })
    await complete()
    const [set] = await sets()
    const name = set?.metadata.name ?? ''
    await client.patch(ReplicaSets, { namespace, name }, { metadata: { ownerReferences: null } })
    const adopted = await until(
      () => read(ReplicaSets, name),
      ({ metadata }) => metadata.ownerReferences !== undefined,
    )
    expect(adopted.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'web', controller: true })
  })
})
