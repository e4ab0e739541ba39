import { expect, test } from 'vitest'
import { podOf, startKubeletWorld } from '../../../test/support/kubelet.ts'
import { type PodStatus, Pods } from '../../api/core/v1/index.ts'

const probe = { httpGet: { port: 80 }, periodSeconds: 1 }
const where = { name: 'web', namespace: 'default' }

/** A world that notes each status of `web` that was written: what is the matter, in a few words. */
async function watchedWorld() {
  const world = await startKubeletWorld()
  const stop = new AbortController()
  const writes: string[] = []
  let last = ''
  void world.cluster.client.watch(
    Pods,
    { namespace: 'default', resourceVersion: '0', signal: stop.signal },
    (batch) => {
      for (const { type, object } of batch) {
        const text = JSON.stringify(object.status)
        if (type === 'MODIFIED' && text !== last) writes.push(inWords(object.status))
        last = text
      }
    },
  )
  await world.cluster.settle()
  return {
    ...world,
    writes,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await world[Symbol.asyncDispose]()
    },
  }
}

function inWords({
  phase,
  conditions,
  containerStatuses,
  initContainerStatuses,
  observedGeneration,
}: PodStatus): string {
  const isTrue = (type: string) => conditions?.find((c) => c.type === type)?.status === 'True'
  const states = [...(initContainerStatuses ?? []), ...(containerStatuses ?? [])].map(
    ({ name, state, restartCount }) => {
      const is = state?.waiting?.reason ?? (state?.running ? 'running' : `exit ${state?.terminated?.exitCode}`)
      return `${name} ${is}${restartCount ? ` after ${restartCount}` : ''}`
    },
  )
  const readiness = isTrue('Ready') ? 'ready' : isTrue('PodReadyToStartContainers') ? 'sandbox' : 'no sandbox'
  return `${phase} of ${observedGeneration}, ${readiness}: ${states.join(', ')}`
}

const created = 'Pending of 1, no sandbox: main ContainerCreating'
const ready = 'Running of 1, ready: main running'
const gone = 'Succeeded of 2, no sandbox: main exit 0'

interface Life {
  life: string
  spec: Record<string, unknown>
  steer: Record<string, string>
  writes: string[]
  end: string[]
}

/**
 * In upstream's kubelet the same lives take as many writes or more: it writes in any case that the sandbox is there
 * (KEP-3085), and which generation it has seen when it begins to end a pod. It looks at the runtime once a second, and may
 * miss what a container was for less.
 */
const lives: Life[] = [
  { life: 'a container', spec: {}, steer: {}, writes: [created, ready], end: [gone] },
  {
    life: 'a sandbox, an image and a container that take their time',
    spec: {},
    steer: { 'k8ts.dev/sandbox-latency': '1s', 'k8ts.dev/pull-latency': '1s', 'k8ts.dev/start-latency': '1s' },
    writes: [created, 'Pending of 1, sandbox: main ContainerCreating', ready],
    end: [gone],
  },
  {
    life: 'an init container',
    spec: { initContainers: [{ name: 'first', image: 'init:1' }] },
    steer: { 'k8ts.dev/exit-after.first': '2s' },
    writes: [
      'Pending of 1, no sandbox: first PodInitializing, main PodInitializing',
      'Pending of 1, sandbox: first running, main PodInitializing',
      'Pending of 1, sandbox: first exit 0, main PodInitializing',
      'Running of 1, ready: first exit 0, main running',
    ],
    end: ['Succeeded of 2, no sandbox: first exit 0, main exit 0'],
  },
  {
    life: 'probes',
    spec: { containers: [{ name: 'main', image: 'app:1', readinessProbe: probe, livenessProbe: probe }] },
    steer: { 'k8ts.dev/probes-after': '2s' },
    writes: [created, 'Running of 1, sandbox: main running', ready],
    end: [gone],
  },
  {
    life: 'a container that works and ends',
    spec: { restartPolicy: 'Never' },
    steer: { 'k8ts.dev/exit-after': '2s' },
    writes: [created, ready, 'Succeeded of 1, sandbox: main exit 0', 'Succeeded of 1, no sandbox: main exit 0'],
    end: [],
  },
  {
    life: 'a container that fails',
    spec: {},
    steer: { 'k8ts.dev/exit-after': '2s', 'k8ts.dev/exit-code': '1' },
    writes: [
      created,
      ready,
      'Running of 1, sandbox: main exit 1',
      'Running of 1, ready: main running after 1',
      'Running of 1, sandbox: main exit 1 after 1',
      'Running of 1, sandbox: main CrashLoopBackOff after 1',
    ],
    end: ['Failed of 2, no sandbox: main exit 1 after 1'],
  },
]

test.each(lives)('status writes of a pod with $life', async ({ spec, steer, writes, end }) => {
  await using world = await watchedWorld()
  const { cluster } = world
  await cluster.apply(podOf('web', spec, steer))
  await cluster.settle()
  await cluster.clock.advance('6s')
  expect(world.writes).toEqual(writes)
  world.writes.length = 0
  await cluster.client.delete(Pods, where)
  await cluster.settle()
  expect(world.writes).toEqual(end)
})

test('a pod that takes long to end reports the generation of its deletion within a second', async () => {
  await using world = await watchedWorld()
  const { cluster, writes } = world
  await cluster.apply(podOf('web', {}, { 'k8ts.dev/stop-latency': '5s' }))
  await cluster.settle()
  writes.length = 0
  await cluster.client.delete(Pods, where)
  await cluster.settle()
  expect(writes).toEqual([])
  await cluster.clock.advance('1s')
  expect(writes).toEqual(['Running of 2, ready: main running'])
  await cluster.clock.advance('5s')
  expect(writes).toEqual(['Running of 2, ready: main running', gone])
})

test('another image for a container that runs is one write, when the new one runs', async () => {
  await using world = await watchedWorld()
  const { cluster, writes } = world
  await cluster.apply(podOf('web', {}, { 'k8ts.dev/stop-latency': '500ms' }))
  await cluster.settle()
  writes.length = 0
  const spec = { containers: [{ name: 'main', image: 'app:2' }] }
  const before = await cluster.client.patch(Pods, where, { spec }, { type: 'strategic' })
  await cluster.settle()
  // A client that has read the pod can still write it.
  await cluster.client.update(Pods, before, { subresource: 'status' })
  await cluster.clock.advance('1s')
  expect(writes).toEqual(['Running of 2, ready: main running after 1'])
})

test('the status shows an ended container while the next one pulls its image', async () => {
  await using world = await watchedWorld()
  const { cluster, writes } = world
  await cluster.apply(podOf('web', {}, { 'k8ts.dev/pull-latency': '2s' }))
  await cluster.clock.advance('3s')
  writes.length = 0
  const spec = { containers: [{ name: 'main', image: 'app:2' }] }
  await cluster.client.patch(Pods, where, { spec }, { type: 'strategic' })
  await cluster.settle()
  expect(writes).toEqual(['Running of 2, sandbox: main exit 0'])
  await cluster.clock.advance('2s')
  expect(writes.slice(1)).toEqual(['Running of 2, ready: main running after 1'])
})

test('the status says at once why a container cannot be replaced', async () => {
  await using world = await watchedWorld()
  const { cluster, writes } = world
  await cluster.apply(podOf('web'))
  await cluster.settle()
  writes.length = 0
  const spec = { containers: [{ name: 'main', image: 'No Image' }] }
  await cluster.client.patch(Pods, where, { spec }, { type: 'strategic' })
  await cluster.settle()
  expect(writes).toEqual(['Running of 2, sandbox: main InvalidImageName'])
})
