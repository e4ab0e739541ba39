import { describe, expect, test } from 'vitest'
import type { Clock } from '../../api/clock.ts'
import { systemRandom } from '../../api/random.ts'
import type { ContainerConfig, ContainerEvent, PodSandboxConfig } from '../runtime.ts'
import { probeCommand } from './exec.ts'
import { type SimulatedOptions, simulatedRuntime } from './simulated.ts'

/** A clock that is turned by hand. */
function virtualClock() {
  let now = 1_000_000
  let timers: { at: number; callback: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
  }
  const advance = async (ms: number) => {
    const end = now + ms
    for (;;) {
      await new Promise(setImmediate)
      const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      timers = timers.filter((other) => other !== due)
      now = Math.max(now, due.at)
      due.callback()
    }
    now = end
    await new Promise(setImmediate)
  }
  return { clock, advance, timers: () => timers.length }
}

const namespaces = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } as const
const sandboxConfig = (name: string, annotations: Record<string, string> = {}): PodSandboxConfig => ({
  metadata: { name, uid: `uid-${name}`, namespace: 'default', attempt: 0 },
  hostname: name,
  logDirectory: `/logs/${name}`,
  portMappings: [],
  labels: { 'io.kubernetes.pod.uid': `uid-${name}`, app: 'web' },
  annotations,
  linux: {
    cgroupParent: '',
    sysctls: {},
    securityContext: { namespaceOptions: namespaces, supplementalGroups: [], privileged: false, readonlyRootfs: false },
  },
})
const containerConfig = (name = 'main', attempt = 0): ContainerConfig => ({
  metadata: { name, attempt },
  image: 'registry:5000/team/web:1',
  command: [],
  args: [],
  workingDir: '',
  env: [],
  mounts: [],
  devices: [],
  labels: { 'io.kubernetes.container.name': name },
  annotations: {},
  logPath: `${name}/0.log`,
  stdin: false,
  stdinOnce: false,
  tty: false,
  linux: {
    resources: {},
    securityContext: {
      privileged: false,
      namespaceOptions: namespaces,
      readonlyRootfs: false,
      supplementalGroups: [],
      noNewPrivs: false,
      maskedPaths: [],
      readonlyPaths: [],
    },
  },
})

function setUp(options: Partial<SimulatedOptions> = {}) {
  const time = virtualClock()
  const runtime = simulatedRuntime({ clock: time.clock, random: systemRandom, podCidr: '10.1.2.0/24', ...options })
  const events: ContainerEvent[] = []
  runtime.onEvent((event) => events.push(event))
  const run = async (annotations: Record<string, string> = {}, name = 'web', attempt = 0) => {
    const config = sandboxConfig(name, annotations)
    const sandbox = await runtime.runPodSandbox(config)
    const container = await runtime.createContainer(sandbox, containerConfig('main', attempt), config)
    await runtime.startContainer(container)
    return { sandbox, container, config }
  }
  return { runtime, events, run, ...time }
}

test('a pod lives, and reports each step', async () => {
  const { runtime, events, run } = setUp()
  const { sandbox, container } = await run()
  expect(await runtime.podSandboxStatus(sandbox)).toMatchObject({ state: 'READY', ips: ['10.1.2.2'] })
  expect(await runtime.containerStatus(container)).toMatchObject({
    state: 'RUNNING',
    startedAt: 1_000_000,
    image: 'registry:5000/team/web:1',
    imageRef: expect.stringMatching(/^registry:5000\/team\/web@sha256:[0-9a-f]{64}$/),
    logPath: '/logs/web/main/0.log',
  })
  await runtime.stopContainer(container, 30)
  expect(await runtime.containerStatus(container)).toMatchObject({ state: 'EXITED', exitCode: 0, reason: 'Completed' })
  await runtime.stopPodSandbox(sandbox)
  await runtime.removePodSandbox(sandbox)
  expect(await runtime.listPodSandbox()).toEqual([])
  expect(await runtime.listContainers()).toEqual([])
  await expect(runtime.containerStatus(container)).rejects.toMatchObject({ code: 'NotFound' })
  expect(events.map(({ type, containerId }) => `${type} ${containerId === sandbox ? 'sandbox' : 'container'}`)).toEqual(
    [
      'STARTED sandbox',
      'CREATED container',
      'STARTED container',
      'STOPPED container',
      'STOPPED sandbox',
      'DELETED container',
      'DELETED sandbox',
    ],
  )
  expect(new Set(events.map(({ podUid }) => podUid))).toEqual(new Set(['uid-web']))
})

describe('annotations', () => {
  test('start-latency', async () => {
    const { runtime, run, advance } = setUp()
    const started = run({ 'k8ts.dev/start-latency': '1m30s' })
    await advance(89_999)
    expect((await runtime.listContainers())[0]?.state).toBe('CREATED')
    await advance(1)
    const { container } = await started
    expect(await runtime.containerStatus(container)).toMatchObject({ state: 'RUNNING', startedAt: 1_090_000 })
  })

  test('exit-after, exit-code and exit-reason', async () => {
    const { runtime, run, advance } = setUp()
    const { container } = await run({
      'k8ts.dev/exit-after': '10s',
      'k8ts.dev/exit-code': '137',
      'k8ts.dev/exit-reason': 'OOMKilled',
    })
    await advance(10_000)
    expect(await runtime.containerStatus(container)).toMatchObject({
      state: 'EXITED',
      exitCode: 137,
      reason: 'OOMKilled',
      finishedAt: 1_010_000,
    })
  })

  test('exit-times: the third attempt stays up', async () => {
    const { runtime, run, advance } = setUp()
    const annotations = { 'k8ts.dev/exit-code': '1', 'k8ts.dev/exit-times': '2' }
    const states: string[] = []
    for (const attempt of [0, 1, 2]) {
      const { container } = await run(annotations, `web-${attempt}`, attempt)
      await advance(0)
      states.push((await runtime.containerStatus(container)).state)
    }
    expect(states).toEqual(['EXITED', 'EXITED', 'RUNNING'])
  })

  test('stop-latency beyond the grace period ends in SIGKILL', async () => {
    const { runtime, run, advance } = setUp()
    const { container } = await run({ 'k8ts.dev/stop-latency': '1h' })
    const stopped = runtime.stopContainer(container, 5)
    const again = runtime.stopContainer(container, 5)
    await advance(5000)
    await Promise.all([stopped, again])
    expect(await runtime.containerStatus(container)).toMatchObject({ state: 'EXITED', exitCode: 137, reason: 'Error' })
  })

  test('one for a single container wins over one for the pod', async () => {
    const { runtime, advance } = setUp()
    const config = sandboxConfig('web', { 'k8ts.dev/exit-code': '1', 'k8ts.dev/exit-code.good': '0' })
    const sandbox = await runtime.runPodSandbox(config)
    const ids = await Promise.all(
      ['good', 'bad'].map((name) => runtime.createContainer(sandbox, containerConfig(name), config)),
    )
    for (const id of ids) await runtime.startContainer(id)
    await advance(0)
    const statuses = await Promise.all(ids.map((id) => runtime.containerStatus(id)))
    expect(statuses.map(({ exitCode }) => exitCode)).toEqual([0, 1])
  })

  test('fail-probes by kind or handler; probes-after', async () => {
    const { runtime, run, advance } = setUp()
    const { container } = await run({ 'k8ts.dev/fail-probes': 'readiness, grpc', 'k8ts.dev/probes-after': '5s' })
    const code = async (command: string[]) => (await runtime.execSync(container, command, 1)).exitCode
    expect(await code(probeCommand('liveness', 'http'))).toBe(1)
    await advance(5000)
    expect(await code(probeCommand('liveness', 'http'))).toBe(0)
    expect(await code(probeCommand('readiness', 'http'))).toBe(1)
    expect(await code(['grpc'])).toBe(1)
    expect(await code(['http'])).toBe(0)
  })

  test('fail-pull makes images absent, for that node while that pod is there', async () => {
    const { runtime, run } = setUp()
    expect(await runtime.imageStatus('a:1')).toMatchObject({ repoTags: ['a:1'] })
    const { sandbox, config } = await run({ 'k8ts.dev/fail-pull': 'no such image' })
    expect(await runtime.imageStatus('b:1')).toBeUndefined()
    await expect(runtime.pullImage('b:1', undefined, config)).rejects.toThrow('no such image')
    await runtime.removePodSandbox(sandbox)
    expect(await runtime.imageStatus('b:1')).toBeDefined()
  })

  test.each([
    ['fail-sandbox', 'no network'],
    ['fail-create', 'no such device'],
    ['fail-start', 'exec: not found'],
  ])('%s', async (name, words) => {
    const { run } = setUp()
    await expect(run({ [`k8ts.dev/${name}`]: words })).rejects.toThrow(words)
  })

  test('a value that cannot be read is an error that names it', async () => {
    const { run } = setUp()
    await expect(run({ 'k8ts.dev/exit-after': 'soon' })).rejects.toThrow(
      'annotation k8ts.dev/exit-after: invalid duration "soon"',
    )
  })

  test('log and exec', async () => {
    const { runtime, run } = setUp()
    const { container } = await run({
      'k8ts.dev/log': 'one\ntwo\n',
      'k8ts.dev/exec-output': 'hi',
      'k8ts.dev/exec-code': '3',
    })
    expect(runtime.logOf(container)).toEqual(['one', 'two'])
    const text = new TextDecoder().decode(runtime.logFile('/logs/web/main/0.log')?.read(0, 1000))
    expect(text.split('\n')[0]).toBe('1970-01-01T00:16:40.000000000Z stdout F one')
    expect(await runtime.execSync(container, ['sh'], 1)).toEqual({ stdout: 'hi', stderr: '', exitCode: 3 })
    await expect(
      runtime.exec(container, ['sh'], { tty: false, stdin: false, stdout: true, stderr: true }),
    ).rejects.toMatchObject({
      code: 'Unimplemented',
    })
  })

  test('usage, for metrics', async () => {
    const { runtime, run, advance } = setUp({ defaults: { 'k8ts.dev/cpu-usage': '250m' } })
    const { container } = await run({ 'k8ts.dev/memory-usage': '64Mi' })
    await advance(4000)
    expect(await runtime.containerStats(container)).toMatchObject({
      cpuUsageCoreNanoSeconds: 1e9,
      memoryWorkingSetBytes: 64 << 20,
    })
  })
})

test('addresses are unique, used again, and end', async () => {
  const { runtime, run } = setUp({ podCidr: '10.1.2.0/29' })
  const pods = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => run({}, name)))
  const ips = await Promise.all(pods.map(async ({ sandbox }) => (await runtime.podSandboxStatus(sandbox)).ips[0]))
  expect(ips).toEqual(['10.1.2.2', '10.1.2.3', '10.1.2.4', '10.1.2.5', '10.1.2.6'])
  await expect(run({}, 'f')).rejects.toThrow('no addresses are free in 10.1.2.0/29')
  await runtime.stopPodSandbox(pods[2]?.sandbox ?? '')
  const { sandbox } = await run({}, 'f')
  expect((await runtime.podSandboxStatus(sandbox)).ips).toEqual(['10.1.2.4'])
})

test('a pod is found by its uid among thousands, and closing leaves no timer', async () => {
  const { runtime, run, timers } = setUp({ podCidr: '10.0.0.0/16' })
  for (let i = 0; i < 3000; i++) await run({ 'k8ts.dev/exit-after': '1h' }, `p${i}`)
  const labels = { 'io.kubernetes.pod.uid': 'uid-p1234' }
  expect((await runtime.listPodSandbox({ labels })).map(({ metadata }) => metadata.name)).toEqual(['p1234'])
  expect(await runtime.listPodSandbox({ labels: { ...labels, app: 'other' } })).toEqual([])
  expect(timers()).toBe(3000)
  await runtime.close()
  expect(timers()).toBe(0)
})
