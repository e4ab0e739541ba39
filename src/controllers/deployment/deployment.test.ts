import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { badLine } from '../../../test/support/bad-line.ts'
import { observed } from '../../../test/support/observed.ts'
import { type Deployment, Deployments, ReplicaSets } from '../../api/apps/v1/index.ts'
import { isActive, isReady } from '../../api/core/pods.ts'
import { nextTurn } from '../../api/turn.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

const name = { name: 'web', namespace: 'default' }
const matchLabels = { app: 'web' }
const template = (image = 'web:1') => ({
  metadata: { labels: matchLabels },
  spec: { containers: [{ name: 'web', image }] },
})
const deployment = (spec: Partial<Deployment['spec']> = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { ...name, annotations: { 'kubernetes.io/change-cause': 'first' } },
  spec: { replicas: 4, selector: { matchLabels }, template: template(), ...spec },
})

describe.each([0, 500])('Deployments, events up to %i ms late', (lateMs) => {
  let cluster: TestCluster
  beforeEach(async () => {
    cluster = await startCluster({ nodes: 2, seed: 1, ...(lateMs > 0 && { line: badLine(1, { lateMs }) }) })
    await rest()
  })
  afterEach(() => cluster.stop())

  /** Waits until all events have arrived. */
  const rest = () => cluster.clock.advance('30s')
  async function create(spec?: Partial<Deployment['spec']>) {
    await cluster.apply(deployment(spec))
    await rest()
  }
  async function change(spec: object) {
    await cluster.client.patch(Deployments, name, { spec })
    await rest()
  }
  const image = (wanted: string) => change({ template: template(wanted) })
  const read = () => cluster.get('Deployment', 'web')
  const condition = async (type: string) => (await read()).status.conditions?.find((one) => one.type === type)
  const sets = () => cluster.list('ReplicaSet')
  const sizes = async () => (await sets()).map(({ spec }) => spec.replicas).sort()
  const pods = async () => (await cluster.list('Pod')).filter(isActive)
  async function expectComplete() {
    const { metadata, spec, status } = await read()
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      replicas: spec.replicas,
      updatedReplicas: spec.replicas,
      availableReplicas: spec.replicas,
    })
  }

  test('roll out, roll on within their limits, and roll back', async () => {
    await create()
    await expectComplete()
    expect((await read()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
    const [set] = await sets()
    const setName = set?.metadata.name ?? ''
    expect(setName).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
    expect(set?.metadata).toMatchObject({
      labels: { app: 'web', 'pod-template-hash': setName.slice(4) },
      annotations: {
        'deployment.kubernetes.io/desired-replicas': '4',
        'deployment.kubernetes.io/max-replicas': '5',
        'deployment.kubernetes.io/revision': '1',
        'kubernetes.io/change-cause': 'first',
      },
    })
    expect(await condition('Progressing')).toMatchObject({
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${setName}" has successfully progressed.`,
    })
    expect(await condition('Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' })

    const moments = await observed(cluster, 'Pod', () => image('web:2'))
    await expectComplete()
    expect(Math.max(...moments.map((all) => all.filter(isActive).length))).toBe(5)
    const ready = moments.map((all) => all.filter((pod) => isActive(pod) && isReady(pod)).length)
    expect(Math.min(...ready)).toBeGreaterThanOrEqual(3)
    expect((await read()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')

    await image('web:1')
    await expectComplete()
    expect((await read()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
    expect((await cluster.get('ReplicaSet', setName)).metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
    expect(await sets()).toHaveLength(2)
    const scalings = (await cluster.events({ kind: 'Deployment' })).map(({ message }) => message)
    expect(scalings[0]).toBe(`Scaled up replica set ${setName} from 0 to 4`)
    expect(scalings).toContainEqual(`Scaled down replica set ${setName} from 4 to 3`)
  })

  test('resources that say nothing are as good as none: Go writes them always', async () => {
    await create()
    const [container] = (await read()).spec.template.spec?.containers ?? []
    expect(container?.resources).toEqual({})
    const spec = { containers: [{ name: 'web', image: 'web:1', resources: {} }] }
    await change({ template: { ...template(), spec } })
    expect((await read()).metadata.generation).toBe(1)
    expect(await sets()).toHaveLength(1)
  })

  test('Recreate: no new pod before the last old one has gone', async () => {
    cluster.image('web:*', { stop: '5s' })
    await create({ strategy: { type: 'Recreate' }, replicas: 3 })
    const moments = await observed(cluster, 'Pod', () => image('web:2'))
    await expectComplete()
    const together = moments.map((all) => [...new Set(all.map(({ spec }) => spec.containers[0]?.image))].join('+'))
    expect(new Set(together)).toEqual(new Set(['web:1', '', 'web:2']))
  })

  test('paused: sizes follow, templates wait', async () => {
    await create()
    await change({ paused: true, template: template('web:2') })
    expect(await condition('Progressing')).toMatchObject({
      status: 'Unknown',
      reason: 'DeploymentPaused',
      message: 'Deployment is paused',
    })
    await change({ replicas: 6 })
    expect(await pods()).toHaveLength(6)
    expect(await sets()).toHaveLength(1)
    await change({ paused: false })
    await expectComplete()
    expect(await sets()).toHaveLength(2)
  })

  test('scaled in the middle of a rollout, both versions grow in proportion', async () => {
    cluster.image('web:2', { start: '1h' })
    await create({
      replicas: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    })
    await image('web:2')
    expect(await sizes()).toEqual([5, 8])
    await change({ replicas: 15 })
    // 18 may run; 8 and 5 of 13 are 11 and 7 of 18.
    expect(await sizes()).toEqual([11, 7])
  })

  test('the condition reports a stuck rollout after its deadline, and the rollout continues', async () => {
    cluster.image('web:2', { start: '2m' })
    await create({ replicas: 2, progressDeadlineSeconds: 60 })
    await image('web:2')
    await cluster.clock.advance('29s')
    expect((await condition('Progressing'))?.status).toBe('True')
    await cluster.clock.advance('5s')
    expect(await condition('Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: expect.stringMatching(/^ReplicaSet "web-.*" has timed out progressing\.$/),
    })
    await cluster.clock.advance('5m')
    await expectComplete()
    expect((await condition('Progressing'))?.reason).toBe('NewReplicaSetAvailable')
  })

  test('keep no more history than revisionHistoryLimit says', async () => {
    await create({ replicas: 1, revisionHistoryLimit: 1 })
    for (const version of ['web:2', 'web:3', 'web:4']) await image(version)
    await expectComplete()
    const revisions = (await sets()).map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'])
    expect(revisions.sort()).toEqual(['3', '4'])
  })

  test('a name that is taken by another ReplicaSet is counted as a collision', async () => {
    await create({ replicas: 1 })
    const [set] = await sets()
    await cluster.delete('Deployment', 'web', 'default', { propagationPolicy: 'Orphan' })
    await rest()
    const stranger = { metadata: { labels: { app: 'other' } } }
    await cluster.client.patch(ReplicaSets, set?.metadata ?? { name: '' }, stranger)
    await create({ replicas: 1 })
    await expectComplete()
    expect((await read()).status.collisionCount).toBe(1)
  })

  test('a rollout goes on where it was when the controllers start again, however often', async () => {
    await create({ replicas: 8 })
    const moments = await observed(cluster, 'Pod', async () => {
      const rollout = image('web:2')
      for (let restart = 0; restart < 6; restart++) {
        cluster.restartControllers()
        for (let turn = 0; turn < 1 + restart; turn++) await nextTurn()
      }
      await rollout
    })
    await expectComplete()
    expect(Math.max(...moments.map((all) => all.filter(isActive).length))).toBeLessThanOrEqual(10)
    expect(await sets()).toHaveLength(2)
    expect((await pods()).map(({ spec }) => spec.containers[0]?.image)).toEqual(Array(8).fill('web:2'))
  })

  test('adopt ReplicaSets that they left behind', async () => {
    await create({ replicas: 1 })
    const [set] = await sets()
    await cluster.client.patch(ReplicaSets, set?.metadata ?? { name: '' }, { metadata: { ownerReferences: null } })
    await rest()
    expect((await sets()).map(({ metadata }) => metadata.ownerReferences)).toMatchObject([
      [{ kind: 'Deployment', name: 'web', controller: true }],
    ])
  })
})

test.each([11, 22, 33])('on a bad line (%i) a rollout takes longer, and comes out right', async (seed) => {
  const line = badLine(seed, { failing: 0.1, lost: 0.1, lateMs: 500, breaking: 0.05 })
  await using cluster = await startCluster({ nodes: 2, seed, line })
  const images = async () =>
    (await cluster.list('Pod'))
      .filter((pod) => isActive(pod) && isReady(pod))
      .map(({ spec }) => spec.containers[0]?.image)
  const rolledOut = (image: string) =>
    cluster.settle({ until: async () => `${await images()}` === `${Array(10).fill(image)}`, timeout: '1h' })
  const moments = await observed(cluster, 'Pod', async () => {
    await cluster.apply(deployment({ replicas: 10 }))
    await rolledOut('web:1')
    await cluster.client.patch(Deployments, name, { spec: { template: template('web:2') } })
    await rolledOut('web:2')
    await cluster.clock.advance('10m')
  })
  expect(await cluster.list('Pod')).toHaveLength(10)
  expect(await cluster.list('ReplicaSet')).toHaveLength(2)
  // Both versions together may have more: pods being deleted may still exist.
  for (const all of moments)
    for (const same of Map.groupBy(all.filter(isActive), ({ spec }) => spec.containers[0]?.image).values())
      expect(same.length).toBeLessThanOrEqual(10)
})
