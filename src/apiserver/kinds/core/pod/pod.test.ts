import { expect, test } from 'vitest'
import { definitionOf, fakeContext } from '../../../../../test/support/fake-objects.ts'
import { type ContainerStatus, type Pod, type PodSpec, type PodStatus, Pods } from '../../../../api/core/v1/index.ts'
import type { ApiError } from '../../../../api/errors.ts'
import type { KubeObject, Stored } from '../../../../api/object.ts'
import { PodDisruptionBudgets } from '../../../../api/policy/v1/index.ts'

const definition = definitionOf(Pods)
const now = Date.parse('2026-01-01T01:00:00Z')
const container = { name: 'c', image: 'i' }

const pod = (status: PodStatus, spec: Partial<PodSpec> = {}, metadata = {}): Stored<Pod> => ({
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...metadata,
  },
  spec: { containers: [container], ...spec },
  status,
})
const is = (state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'c',
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  ...more,
})
const running = (more: Partial<ContainerStatus> = {}) => is({ running: {} }, { ready: true, started: true, ...more })
const exited = (exitCode: number, reason?: string, more = {}) => is({ terminated: { exitCode, reason } }, more)
const waiting = (reason: string, more = {}) => is({ waiting: { reason } }, more)
const two = { containers: [container, { name: 'd', image: 'i' }] }
const init = {
  initContainers: [
    { name: 'a', image: 'i' },
    { name: 'b', image: 'i' },
  ],
}
const sidecar = { initContainers: [{ name: 'a', image: 'i', restartPolicy: 'Always' }] }
const going = { deletionTimestamp: '2026-01-01T00:59:00Z' }
const lastState = { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:55:00Z' } }

/** Ready, status, restarts: as `kubectl get pods` shows them. */
test.each<[string, Stored<Pod>]>([
  ['0/1 Pending 0', pod({ phase: 'Pending' })],
  ['0/1 ContainerCreating 0', pod({ phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] })],
  ['0/1 ImagePullBackOff 0', pod({ phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] })],
  ['1/1 Running 0', pod({ phase: 'Running', containerStatuses: [running()] })],
  ['0/1 Running 0', pod({ phase: 'Running', containerStatuses: [running({ ready: false })] })],
  [
    '0/1 CrashLoopBackOff 3 (5m ago)',
    pod({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff', { restartCount: 3, lastState })] }),
  ],
  ['0/1 Completed 0', pod({ phase: 'Succeeded', containerStatuses: [exited(0, 'Completed')] })],
  ['0/1 Error 0', pod({ phase: 'Failed', containerStatuses: [exited(1, 'Error')] })],
  ['0/1 ExitCode:3 0', pod({ phase: 'Failed', containerStatuses: [exited(3)] })],
  ['0/1 Signal:9 0', pod({ phase: 'Failed', containerStatuses: [is({ terminated: { exitCode: 137, signal: 9 } })] })],
  ['0/1 Evicted 0', pod({ phase: 'Failed', reason: 'Evicted' })],
  ['1/1 Terminating 0', pod({ phase: 'Running', containerStatuses: [running()] }, {}, going)],
  ['0/1 Completed 0', pod({ phase: 'Succeeded', containerStatuses: [exited(0, 'Completed')] }, {}, going)],
  ['0/1 Unknown 0', pod({ phase: 'Running', reason: 'NodeLost' }, {}, going)],
  [
    '1/2 NotReady 0',
    pod({ phase: 'Running', containerStatuses: [exited(0, 'Completed'), running({ name: 'd' })] }, two),
  ],
  [
    '0/1 Init:0/2 0',
    pod(
      { phase: 'Pending', initContainerStatuses: [running({ name: 'a' }), waiting('PodInitializing', { name: 'b' })] },
      init,
    ),
  ],
  [
    '0/1 Init:1/2 0',
    pod({ phase: 'Pending', initContainerStatuses: [exited(0, 'Completed'), running({ name: 'b' })] }, init),
  ],
  [
    '0/1 Init:CrashLoopBackOff 2 (5m ago)',
    pod(
      {
        phase: 'Pending',
        initContainerStatuses: [waiting('CrashLoopBackOff', { name: 'a', restartCount: 2, lastState })],
      },
      init,
    ),
  ],
  ['0/1 Init:Error 0', pod({ phase: 'Failed', initContainerStatuses: [exited(1, 'Error', { name: 'a' })] }, init)],
  [
    '0/1 PodInitializing 0',
    pod(
      {
        phase: 'Pending',
        initContainerStatuses: [exited(0, 'Completed')],
        containerStatuses: [waiting('PodInitializing')],
      },
      { initContainers: [{ name: 'a' }] },
    ),
  ],
  [
    '2/2 Running 1',
    pod(
      {
        phase: 'Running',
        initContainerStatuses: [running({ name: 'a', restartCount: 1 })],
        containerStatuses: [running()],
      },
      sidecar,
    ),
  ],
  [
    '0/1 SchedulingGated 0',
    pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
  ],
])('%s', (row, object) => {
  const shown = definition.columns.slice(1, 4).map((column) => column.value(object as Stored<KubeObject>, now))
  expect(shown.join(' ')).toBe(row)
})

const resources = (requests?: Record<string, string>, limits?: Record<string, string>) => ({
  containers: [{ ...container, resources: { requests, limits } }],
})

test.each<[string, Partial<PodSpec>]>([
  ['BestEffort', {}],
  ['BestEffort', resources({ cpu: '0' })],
  ['Burstable', resources({ cpu: '1' })],
  ['Burstable', resources({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '2Gi' })],
  ['Burstable', { containers: [...resources({}, { cpu: '1', memory: '1Gi' }).containers, { name: 'd' }] }],
  ['Guaranteed', resources({ cpu: '1000m', memory: '1024Mi' }, { cpu: '1', memory: '1Gi' })],
])('a new pod is Pending and %s', (qosClass, spec) => {
  const { context } = fakeContext()
  const made = definition.prepareForCreate?.(
    pod({ phase: 'Running', podIP: '1.2.3.4' }, spec) as KubeObject,
    context,
  ) as Pod
  expect(made.status).toEqual({ phase: 'Pending', qosClass })
})

test('how long a pod lives on after it was deleted', () => {
  const grace = (object: Stored<Pod>, requested?: number) =>
    definition.gracePeriodSeconds?.(object as Stored<KubeObject>, requested)
  const placed = { nodeName: 'n', terminationGracePeriodSeconds: 7 }
  expect(grace(pod({ phase: 'Running' }, placed))).toBe(7)
  expect(grace(pod({ phase: 'Running' }, placed), 3)).toBe(3)
  expect(grace(pod({ phase: 'Running' }, placed), 0)).toBe(0)
  expect(grace(pod({ phase: 'Running' }, placed), -5)).toBe(1)
  expect(grace(pod({ phase: 'Pending' }))).toBe(0)
  expect(grace(pod({ phase: 'Succeeded' }, placed))).toBe(0)
})

const post = (action: string, object: Stored<Pod>, body: object, { context } = fakeContext([Pods, object])) =>
  definition.actions?.[action]?.run(object as Stored<KubeObject>, body, context)

test('a pod is bound once', async () => {
  const object = pod({ phase: 'Pending' })
  const fake = fakeContext([Pods, object])
  const target = { kind: 'Node', name: 'n1' }
  expect(await post('binding', object, { target }, fake)).toMatchObject({ status: 'Success' })
  const bound = await fake.context.objects.get(Pods, { name: 'web', namespace: 'shop' })
  expect(bound?.spec.nodeName).toBe('n1')
  expect(bound?.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }])
  await expect(post('binding', object, { target }, fake)).rejects.toThrow(
    'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n1"',
  )
  await expect(post('binding', object, { target: { kind: 'Pod' } }, fake)).rejects.toThrow(
    'target.name: Required value',
  )
})

const labelled = (status: PodStatus) => pod(status, { nodeName: 'n' }, { labels: { app: 'a' } })
const budget = (status: object, spec = {}): [typeof PodDisruptionBudgets, KubeObject] => [
  PodDisruptionBudgets,
  {
    metadata: { name: 'pdb', namespace: 'shop', generation: 1 },
    spec: { selector: { matchLabels: { app: 'a' } }, ...spec },
    status: { observedGeneration: 1, ...status },
  } as KubeObject,
]
const ready = labelled({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })

test('an eviction takes from the budget', async () => {
  const fake = fakeContext([Pods, ready], budget({ disruptionsAllowed: 1, desiredHealthy: 1, currentHealthy: 2 }))
  await post('eviction', ready, {}, fake)
  const after = await fake.context.objects.get(PodDisruptionBudgets, { name: 'pdb', namespace: 'shop' })
  expect(after?.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { web: '2026-01-01T00:00:00Z' } })
  expect(await fake.context.objects.get(Pods, { name: 'web', namespace: 'shop' })).toBeUndefined()
})

test('an eviction waits for the budget', async () => {
  const fake = fakeContext([Pods, ready], budget({ disruptionsAllowed: 0, desiredHealthy: 2, currentHealthy: 2 }))
  const error: ApiError = await post('eviction', ready, {}, fake)?.catch((e) => e)
  expect(error.code).toBe(429)
  expect(error.message).toBe("Cannot evict pod as it would violate the pod's disruption budget.")
  expect(error.status.details?.causes).toEqual([
    { reason: 'DisruptionBudget', message: 'The disruption budget pdb needs 2 healthy pods and has 2 currently' },
  ])
  expect(await fake.context.objects.get(Pods, { name: 'web', namespace: 'shop' })).toBeDefined()
  const stale = fakeContext([Pods, ready], budget({ disruptionsAllowed: 1, observedGeneration: 0 }))
  const early: ApiError = await post('eviction', ready, {}, stale)?.catch((e) => e)
  expect([early.code, early.retryAfterSeconds]).toEqual([429, 10])
})

test.each<[string, Stored<Pod>, object, object]>([
  ['a pod that has finished', labelled({ phase: 'Succeeded' }), { disruptionsAllowed: 0 }, {}],
  ['a pod that has not begun', labelled({ phase: 'Pending' }), { disruptionsAllowed: 0 }, {}],
  [
    'a sick pod where enough are healthy',
    labelled({ phase: 'Running' }),
    { disruptionsAllowed: 0, desiredHealthy: 1, currentHealthy: 1 },
    {},
  ],
  [
    'any sick pod',
    labelled({ phase: 'Running' }),
    { disruptionsAllowed: 0 },
    { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  ],
])('%s may always be evicted', async (_, object, status, spec) => {
  const fake = fakeContext([Pods, object], budget(status, spec))
  await post('eviction', object, {}, fake)
  expect(await fake.context.objects.get(Pods, { name: 'web', namespace: 'shop' })).toBeUndefined()
})

test('two budgets for one pod are an error', async () => {
  const [type, second] = budget({})
  const other = { ...second, metadata: { ...second.metadata, name: 'other' } }
  const fake = fakeContext([Pods, ready], budget({}), [type, other])
  await expect(post('eviction', ready, {}, fake)).rejects.toThrow('more than one PodDisruptionBudget')
})

test('debugging containers are only added, resources change in place', () => {
  const object = pod(
    { phase: 'Running', qosClass: 'Burstable' },
    { ...resources({ cpu: '1' }), ephemeralContainers: [{ name: 'e', image: 'i' }] },
  )
  const update = (name: string, spec: Partial<PodSpec>) => {
    const partial = definition.partialUpdates?.[name]
    const made = partial?.prepare(
      { ...object, spec: { ...object.spec, ...spec } } as KubeObject,
      object as Stored<KubeObject>,
    ) as Pod
    return { made, errors: partial?.validate(made as KubeObject, object as Stored<KubeObject>) ?? [] }
  }
  const added = update('ephemeralcontainers', {
    nodeName: 'x',
    ephemeralContainers: [
      { name: 'e', image: 'i' },
      { name: 'f', image: 'i' },
    ],
  })
  expect(added.errors).toEqual([])
  expect(added.made.spec?.nodeName).toBeUndefined()
  expect(update('ephemeralcontainers', { ephemeralContainers: [] }).errors).toHaveLength(1)
  const resized = update('resize', resources({ cpu: '2' }))
  expect(resized.errors).toEqual([])
  expect(resized.made.spec?.containers[0]?.resources?.requests).toEqual({ cpu: '2' })
  expect(
    update('resize', resources({ cpu: '2', memory: '1Gi' }, { cpu: '2', memory: '1Gi' })).errors[0]?.message,
  ).toContain('Pod QOS Class may not change as a result of resizing')
})
