import { expect, test, vi } from 'vitest'
import { mainOf, podOf, startKubeletWorld } from '../../../test/support/kubelet.ts'
import { isReady, podCondition } from '../../api/core/pods.ts'
import { ConfigMaps, Pods } from '../../api/core/v1/index.ts'

test('runs a pod, reports it as upstream does, and deletes it', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, runtime, events } = world
  await cluster.apply(podOf('web'))
  const running = await settled('web', 'Ready')
  expect(running.status).toMatchObject({
    phase: 'Running',
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }],
    qosClass: 'BestEffort',
    podIPs: [{ ip: running.status.podIP }],
    containerStatuses: [{ name: 'main', image: 'app:1', ready: true, started: true, restartCount: 0, lastState: {} }],
  })
  expect(mainOf(running)?.state?.running?.startedAt).toBe('2026-01-01T00:00:00Z')
  expect(mainOf(running)?.containerID).toMatch(/^k8ts-simulated:\/\/[0-9a-f]{64}$/)
  expect(running.status.conditions?.map((c) => `${c.type}=${c.status}`).sort()).toEqual([
    'ContainersReady=True',
    'Initialized=True',
    'PodReadyToStartContainers=True',
    'PodScheduled=True',
    'Ready=True',
  ])
  expect(events.filter((e) => e.name === 'web').map((e) => e.reason)).toEqual(['Pulled', 'Created', 'Started'])

  await cluster.delete('Pod', 'web')
  await expect(settled('web')).rejects.toMatchObject({ code: 404 })
  expect(await runtime.listPodSandbox()).toEqual([])
  expect(events.at(-1)).toMatchObject({ reason: 'Killing', message: 'Stopping container main' })
})

test('looks at a pod again when others have changed it, not when its own status was written', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, runtime } = world
  const looks = vi.spyOn(runtime, 'listPodSandbox')
  await cluster.apply(podOf('web'))
  await settled('web', 'Ready')
  // With its sandbox, and with its container.
  expect(looks).toHaveBeenCalledTimes(2)
  const web = { name: 'web', namespace: 'default' }
  await cluster.client.patch(Pods, web, { status: { phase: 'Pending' } }, { subresource: 'status' })
  await settled('web', 'Running')
  expect(looks).toHaveBeenCalledTimes(3)
  await cluster.client.patch(Pods, web, { metadata: { annotations: { seen: 'yes' } } })
  await settled('web', 'Ready')
  expect(looks).toHaveBeenCalledTimes(4)
})

test('restarts a container that crashes, with growing pauses', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, events } = world
  await cluster.apply(podOf('crash', {}, { 'k8ts.dev/exit-code': '3' }))
  const waiting = await settled('crash')
  const uid = waiting.metadata.uid
  // The first restart is at once; the second waits.
  expect(mainOf(waiting)).toMatchObject({
    restartCount: 1,
    ready: false,
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  })
  expect(mainOf(waiting)?.state?.waiting).toEqual({
    reason: 'CrashLoopBackOff',
    message: `back-off 10s restarting failed container=main pod=crash_default(${uid})`,
  })
  expect(waiting.status.phase).toBe('Running')
  expect(events.find((e) => e.reason === 'BackOff')?.message).toBe(
    `Back-off restarting failed container main in pod crash_default(${uid})`,
  )
  await cluster.clock.advance('9s')
  expect(mainOf(await settled('crash'))?.restartCount).toBe(1)
  await cluster.clock.advance('2s')
  expect(mainOf(await settled('crash'))?.restartCount).toBe(2)
  await cluster.clock.advance('15s')
  expect(mainOf(await settled('crash'))?.restartCount).toBe(2)
  await cluster.clock.advance('6s')
  expect(mainOf(await settled('crash'))?.restartCount).toBe(3)
})

test.each([
  { restartPolicy: 'Never', code: '0', phase: 'Succeeded', reason: 'Completed' },
  { restartPolicy: 'Never', code: '1', phase: 'Failed', reason: 'Error' },
  { restartPolicy: 'OnFailure', code: '0', phase: 'Succeeded', reason: 'Completed' },
])('a pod with restartPolicy $restartPolicy that exits with $code ends as $phase', async (row) => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  await cluster.apply(podOf('job', { restartPolicy: row.restartPolicy }, { 'k8ts.dev/exit-code': row.code }))
  const done = await settled('job')
  expect(done.status.phase).toBe(row.phase)
  expect(mainOf(done)?.state?.terminated).toMatchObject({ exitCode: Number(row.code), reason: row.reason })
  expect(podCondition(done, 'Ready')).toMatchObject({
    status: 'False',
    reason: row.phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed',
  })
})

test('init containers run one after the other, sidecars stay', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, runtime } = world
  const spec = {
    initContainers: [
      { name: 'first', image: 'a:1' },
      { name: 'side', image: 'b:1', restartPolicy: 'Always' },
      { name: 'second', image: 'c:1' },
    ],
  }
  const steer = { 'k8ts.dev/exit-after.first': '2s', 'k8ts.dev/exit-after.second': '3s' }
  await cluster.apply(podOf('init', spec, steer))
  const begun = await settled('init')
  expect(begun.status.initContainerStatuses?.[0]?.state?.running).toBeDefined()
  expect(begun.status.phase).toBe('Pending')
  expect(mainOf(begun)?.state?.waiting?.reason).toBe('PodInitializing')
  expect(podCondition(begun, 'Initialized')).toMatchObject({
    status: 'False',
    message: 'containers with incomplete status: [first side second]',
  })
  await cluster.clock.advance('2s')
  const half = await settled('init')
  expect(half.status.initContainerStatuses?.[2]?.state?.running).toBeDefined()
  expect(half.status.initContainerStatuses?.[1]).toMatchObject({ ready: true, started: true })
  expect(half.status.phase).toBe('Pending')
  await cluster.clock.advance('3s')
  const running = await settled('init', 'Ready')
  expect(running.status.initContainerStatuses?.map((s) => s.ready)).toEqual([true, true, true])
  expect(running.status.phase).toBe('Running')
  expect((await runtime.listContainers()).filter((c) => c.state === 'RUNNING')).toHaveLength(2)
})

test('a pod whose work is done takes its sidecars with it', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, runtime } = world
  const spec = { restartPolicy: 'Never', initContainers: [{ name: 'side', image: 'b:1', restartPolicy: 'Always' }] }
  await cluster.apply(podOf('batch', spec, { 'k8ts.dev/exit-after.main': '5s' }))
  await settled('batch', 'Ready')
  await cluster.clock.advance('5s')
  await settled('batch', 'Succeeded')
  const states = (await runtime.listContainers()).map(({ state }) => state)
  expect(states).toEqual(['EXITED', 'EXITED'])
})

test('readiness decides what is ready, liveness what is restarted', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, events } = world
  const probe = { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 3 }
  const containers = [{ name: 'main', image: 'app:1', readinessProbe: { ...probe, periodSeconds: 2 } }]
  await cluster.apply(podOf('slow', { containers }, { 'k8ts.dev/probes-after': '5s' }))
  const started = await settled('slow', 'Running')
  expect(podCondition(started, 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [main]',
  })
  await cluster.clock.advance('5s')
  expect(isReady(await settled('slow'))).toBe(false)
  await cluster.clock.advance('1s')
  await settled('slow', 'Ready')

  const live = [{ name: 'main', image: 'app:1', livenessProbe: probe }]
  await cluster.apply(podOf('hung', { containers: live }, { 'k8ts.dev/fail-probes': 'liveness' }))
  await settled('hung', 'Running')
  await cluster.clock.advance('1s')
  expect(mainOf(await settled('hung'))?.restartCount).toBe(0)
  await cluster.clock.advance('2s')
  expect(mainOf(await settled('hung'))?.restartCount).toBe(1)
  expect(events.map((e) => e.message)).toContain('Container main failed liveness probe, will be restarted')
  expect(events.some((e) => e.reason === 'Unhealthy' && e.message.startsWith('Liveness probe failed: '))).toBe(true)
})

test('waits for a config map, saying so, and starts when it comes', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const env = [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }]
  await cluster.apply(podOf('env', { containers: [{ name: 'main', image: 'app:1', env }] }))
  expect(mainOf(await settled('env'))?.state?.waiting).toEqual({
    reason: 'CreateContainerConfigError',
    message: 'configmap "settings" not found',
  })
  await cluster.client.create(ConfigMaps, {
    metadata: { name: 'settings', namespace: 'default' },
    data: { color: 'red' },
  })
  await settled('env', 'Ready')
})

test('an image that cannot be pulled: ErrImagePull, then ImagePullBackOff, then again', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, events } = world
  await cluster.apply(podOf('noimage', {}, { 'k8ts.dev/fail-pull': 'no such image' }))
  expect(mainOf(await settled('noimage'))?.state?.waiting?.reason).toBe('ErrImagePull')
  await cluster.clock.advance('2s')
  const waiting = await settled('noimage')
  expect(mainOf(waiting)?.state?.waiting).toEqual({
    reason: 'ImagePullBackOff',
    message: 'Back-off pulling image "app:1": ErrImagePull: no such image',
  })
  expect(waiting.status.phase).toBe('Pending')
  expect(events.filter((e) => e.reason === 'Failed').map((e) => e.message)).toEqual([
    'Failed to pull image "app:1": no such image',
    'Error: ErrImagePull',
    'Error: ImagePullBackOff',
  ])
  await cluster.clock.advance('10s')
  expect(events.filter((e) => e.reason === 'Pulling')).toHaveLength(2)
})

test.each(['UPPER:1', 'a/Upper', 'registry:5000/a:b:c', 'a@sha256:12', 'two words'])(
  '%s is no name of an image, and is not pulled',
  async (image) => {
    await using world = await startKubeletWorld()
    const { cluster, settled, events } = world
    await cluster.apply(podOf('misnamed', { containers: [{ name: 'main', image }] }))
    expect(mainOf(await settled('misnamed'))?.state?.waiting).toEqual({
      reason: 'InvalidImageName',
      message: `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`,
    })
    const reported = events.filter(({ name }) => name === 'misnamed')
    expect(reported.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      expect.stringMatching(/^InspectFailed: Failed to apply default image tag/),
      'Failed: Error: InvalidImageName',
    ])
  },
)

test('ends a pod at its deadline', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  await cluster.apply(podOf('late', { activeDeadlineSeconds: 30 }))
  await settled('late', 'Ready')
  await cluster.clock.advance('31s')
  const failed = await settled('late', 'Failed')
  expect(failed.status).toMatchObject({ reason: 'DeadlineExceeded' })
})

test('a forced deletion stops the containers of an object that is gone', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, runtime } = world
  await cluster.apply(podOf('force', {}, { 'k8ts.dev/stop-latency': '60s' }))
  await settled('force', 'Ready')
  await cluster.delete('Pod', 'force', 'default', { gracePeriodSeconds: 0 })
  await expect(settled('force')).rejects.toMatchObject({ code: 404 })
  // The deletion says nothing of how quick it may be: the pod has the grace period of its spec.
  await cluster.clock.advance('29s')
  expect(await runtime.listPodSandbox()).toHaveLength(1)
  await cluster.clock.advance('2s')
  expect(await runtime.listPodSandbox()).toEqual([])
})

test('a pod deleted during the wait for its refusal just ends', async () => {
  await using world = await startKubeletWorld({ refusalsPerSecond: 1 })
  const { cluster, settled, events } = world
  const warn = vi.spyOn(cluster.context('kubelet').log, 'warn')
  const misplaced = { nodeSelector: { zone: 'elsewhere' } }
  await cluster.apply(podOf('one', misplaced), podOf('two', misplaced))
  await settled('one', 'Failed')
  expect((await settled('two')).status.phase).toBe('Pending')
  await cluster.client.delete(Pods, { name: 'two', namespace: 'default' })
  await expect(settled('two')).rejects.toMatchObject({ code: 404 })
  expect(events.filter(({ reason }) => reason === 'NodeAffinity').map(({ name }) => name)).toEqual(['one'])
  expect(warn.mock.calls).toEqual([])
})
