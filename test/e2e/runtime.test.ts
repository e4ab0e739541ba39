import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeCniConf } from '../../src/runtime/containerd/cni.ts'
import { containerdPid, startContainerd } from '../../src/runtime/containerd/containerd.ts'
import { allowEgress, removeEgress } from '../../src/runtime/containerd/egress.ts'
import { mountsUnder } from '../../src/runtime/containerd/machine.ts'
import { commandLine, processesWhere } from '../../src/runtime/containerd/processes.ts'
import { removeEverything } from '../../src/runtime/containerd/remove.ts'
import { connectRuntime } from '../../src/runtime/cri/cri.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { until } from '../../src/runtime/wait.ts'
import { images } from './runtime/images.ts'
import { streams } from './runtime/streams.ts'
import { containerdWorld } from './runtime/world.ts'

const has = (program: string) => spawnSync(program, ['--version']).error === undefined
const whyNot =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : process.getuid?.() !== 0
      ? 'not root'
      : ['containerd', 'runc', 'busybox'].find((program) => !has(program))?.concat(' is not installed')

describe.skipIf(whyNot)(`containerd${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
  const world = containerdWorld()
  const { id, folder, cgroupParent, cni, options, events, sandboxConfig, containerConfig, startPod, exited, logOf } =
    world
  let runtime: Runtime
  beforeAll(async () => {
    runtime = await world.start()
  })
  afterAll(() => world.stop())

  streams(world)
  images(world)

  test('reports itself, ready and networked', async () => {
    expect(await runtime.version()).toMatchObject({ runtimeName: 'containerd', runtimeApiVersion: 'v1' })
    expect(await runtime.status()).toMatchObject({ runtimeReady: { status: true }, networkReady: { status: true } })
    expect(runtime.eventsSupported).toBe(true)
  })

  test('a container, from sandbox to removal', async () => {
    const script = 'echo "$GREETING from $(hostname)"; echo oops >&2; exec sleep 1000'
    const { sandbox, container, times } = await startPod('life', ['sh', '-c', script])
    const [begun = 0, sandboxed = 0, started = 0] = times
    console.log(
      `RunPodSandbox ${(sandboxed - begun).toFixed(0)} ms, create + start ${(started - sandboxed).toFixed(0)} ms`,
    )
    expect(await runtime.podSandboxStatus(sandbox)).toMatchObject({
      state: 'READY',
      ips: [expect.stringMatching(/^10\.213\.7\.\d+$/)],
      metadata: { name: 'life', uid: 'uid-life', namespace: 'default', attempt: 0 },
    })
    expect((await runtime.listPodSandbox({ labels: { app: 'life' } })).map((s) => s.id)).toEqual([sandbox])
    expect((await runtime.listContainers({ podSandboxId: sandbox })).map((c) => c.id)).toEqual([container])
    const status = await runtime.containerStatus(container)
    expect(status).toMatchObject({ state: 'RUNNING', image: 'docker.io/library/box:1', exitCode: 0, finishedAt: 0 })
    expect(Math.abs(status.startedAt - Date.now())).toBeLessThan(60_000)
    await until(() => logOf('life').split('\n').length > 2, 5000)
    expect(
      logOf('life')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(' ').slice(1).join(' '))
        .sort(),
    ).toEqual(['stderr F oops', 'stdout F grüß dich from life'])
    expect(await runtime.containerStats(container)).toMatchObject({
      id: container,
      memoryUsageBytes: expect.any(Number),
    })
    await runtime.updateContainerResources(container, { memoryLimitInBytes: 64 << 20 })
    expect(await runtime.execSync(container, ['sh', '-c', 'echo out; echo err >&2; exit 7'], 10)).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      exitCode: 7,
    })
    await expect(runtime.execSync(container, ['sleep', '100'], 1)).rejects.toMatchObject({ code: 'DeadlineExceeded' })
    await expect(runtime.execSync(container, ['no-such-program'], 1)).rejects.toThrow('no-such-program')

    await runtime.stopContainer(container, 0)
    expect(await runtime.containerStatus(container)).toMatchObject({ state: 'EXITED', exitCode: 137, reason: 'Error' })
    await runtime.removeContainer(container)
    await runtime.removeContainer(container)
    await expect(runtime.containerStatus(container)).rejects.toMatchObject({ code: 'NotFound' })
    await runtime.stopPodSandbox(sandbox)
    await runtime.stopPodSandbox(sandbox)
    expect((await runtime.podSandboxStatus(sandbox)).state).toBe('NOTREADY')
    await runtime.removePodSandbox(sandbox)
    await runtime.removePodSandbox(sandbox)
    await expect(runtime.podSandboxStatus(sandbox)).rejects.toMatchObject({ code: 'NotFound' })
  })

  test('the runtime reports an exit at once, and shows it by then', async () => {
    const { container, remove } = await startPod('exit', ['sh', '-c', 'read x < /dev/null; sleep 0.3; exit 3'])
    let seen: string | undefined
    const off = runtime.onEvent(async ({ type, containerId }) => {
      if (type === 'STOPPED' && containerId === container) seen = (await runtime.containerStatus(container)).state
    })
    await until(() => seen !== undefined, 10_000)
    off()
    expect(seen).toBe('EXITED')
    const { finishedAt, exitCode } = await runtime.containerStatus(container)
    const told = events.find((event) => event.type === 'STOPPED' && event.containerId === container)
    console.log(`exit told after ${(told?.at ?? Number.NaN) - finishedAt} ms`)
    expect({ exitCode, podUid: told?.podUid }).toEqual({ exitCode: 3, podUid: 'uid-exit' })
    expect(events.filter((e) => e.containerId === container).map((e) => e.type)).toContain('STARTED')
    await remove()
    expect(await until(() => events.some((e) => e.type === 'DELETED' && e.containerId === container), 5000)).toBe(true)
  })

  test('too much memory ends in OOMKilled', async () => {
    const { container, remove } = await startPod('greedy', ['tail', '/dev/zero'], {
      linux: { ...containerConfig([]).linux, resources: { memoryLimitInBytes: 16 << 20 } },
    })
    expect(await exited(container)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' })
    await remove()
  })

  test('ten pods at once, each with an address of its own', async () => {
    const began = performance.now()
    const pods = await Promise.all(Array.from({ length: 10 }, (_, i) => startPod(`many-${i}`, ['sleep', '1000'])))
    console.log(`ten pods at once: ${(performance.now() - began).toFixed(0)} ms`)
    const ips = await Promise.all(pods.map(async ({ sandbox }) => (await runtime.podSandboxStatus(sandbox)).ips[0]))
    expect(new Set(ips).size).toBe(10)
    const started = () => events.filter(({ type, podUid }) => type === 'STARTED' && podUid.startsWith('uid-many-'))
    // Of each pod the sandbox and the container.
    expect(await until(() => started().length === 20, 10_000)).toBe(true)
    await Promise.all(pods.map(({ remove }) => remove()))
  })

  test('errors: unknown image, unknown container', async () => {
    const config = sandboxConfig('wrong')
    const sandbox = await runtime.runPodSandbox(config)
    const missing = containerConfig(['true'], { image: 'k8ts.internal/none:1' })
    await expect(runtime.createContainer(sandbox, missing, config)).rejects.toMatchObject({ code: 'NotFound' })
    expect(await runtime.imageStatus('k8ts.internal/none:1')).toBeUndefined()
    await expect(runtime.startContainer('nonesuch')).rejects.toMatchObject({ code: 'NotFound' })
    await runtime.removePodSandbox(sandbox)
    await expect(connectRuntime({ socket: join(folder, 'none.sock') })).rejects.toMatchObject({ code: 'Unavailable' })
  })

  test('containers outlive containerd; a started one takes them over, and the connection mends', async () => {
    const { container, sandbox, remove } = await startPod('survivor', ['sleep', '1000'])
    const killedAt = Date.now()
    process.kill(containerdPid(options) ?? 0, 'SIGKILL')
    await until(() => containerdPid(options) === undefined, 5000)
    const again = await startContainerd(options)
    expect(again).toMatchObject({ reused: false })
    expect(commandLine(again.pid)[0]).toContain('containerd')
    expect(await startContainerd(options)).toMatchObject({ reused: true, pid: again.pid })
    const state = await until(
      () =>
        runtime.containerStatus(container).then(
          (s) => s.state,
          () => undefined,
        ),
      10_000,
    )
    expect(state).toBe('RUNNING')
    expect((await runtime.podSandboxStatus(sandbox)).ips).toHaveLength(1)
    // Events too: everything is told anew, then what happens.
    expect(
      await until(
        () => events.some((e) => e.type === 'STARTED' && e.containerId === container && e.at > killedAt),
        10_000,
      ),
    ).toBe(true)
    await runtime.stopContainer(container, 0)
    expect(await until(() => events.some((e) => e.type === 'STOPPED' && e.containerId === container), 10_000)).toBe(
      true,
    )
    await remove()
  })

  test('the egress rule is set once and goes', () => {
    const table = `k8ts-rt-${id}-egress`
    const list = () => spawnSync('nft', ['list', 'table', 'ip', table], { encoding: 'utf8' })
    allowEgress({ table, podCidr: cni.podCidr, bridge: cni.bridge })
    allowEgress({ table, podCidr: cni.podCidr, bridge: cni.bridge })
    expect(list().stdout.match(/masquerade/g)).toHaveLength(1)
    removeEgress({ table })
    removeEgress({ table })
    expect(list().status).not.toBe(0)
  })

  test.each(['running', 'killed', 'broken'])(
    'nothing is left when everything is removed; containerd is %s',
    async (state) => {
      const { sandbox } = await startPod(`leftover-${state}`, ['sleep', '1000'])
      expect((await runtime.podSandboxStatus(sandbox)).ips).toHaveLength(1)
      const tasks = join(options.state, 'io.containerd.runtime.v2.task/k8s.io')
      const shimSockets = readdirSync(tasks)
        .map((task) => join(tasks, task, 'address'))
        .filter(existsSync)
        .map((file) => readFileSync(file, 'utf8').replace('unix://', ''))
      expect(shimSockets.filter(existsSync)).not.toEqual([])
      if (state !== 'running') {
        process.kill(containerdPid(options) ?? 0, 'SIGKILL')
        await until(() => containerdPid(options) === undefined, 5000)
      }
      // One that cannot be started again: what it left is taken away without it.
      const cniBin = state === 'broken' ? { cniBin: '' } : {}
      const began = performance.now()
      await removeEverything({ ...options, ...cniBin, cni, cgroupParent, graceSeconds: 0 })
      console.log(`removed everything in ${(performance.now() - began).toFixed(0)} ms`)
      expect(processesWhere((command) => command.some((word) => word.includes(folder)))).toEqual([])
      expect(mountsUnder(folder)).toEqual([])
      expect(existsSync(`/sys/class/net/${cni.bridge}`)).toBe(false)
      expect(existsSync(options.state)).toBe(false)
      for (const leftover of shimSockets) expect(existsSync(leftover)).toBe(false)
      expect(existsSync(join('/sys/fs/cgroup/memory', cgroupParent))).toBe(false)
      for (const cache of ['/var/lib/cni/results', '/var/lib/cni/cache/results'].filter(existsSync))
        expect(readdirSync(cache).filter((name) => name.startsWith(cni.name))).toEqual([])
      await removeEverything({ ...options, cni, cgroupParent, graceSeconds: 0 })
      // Images are kept: the next start finds them.
      writeCniConf(cni)
      await startContainerd(options)
      // The connections of before, one for each of CRI's two services, may still be in back-off.
      expect(await until(() => runtime.version().catch(() => undefined), 20_000)).toBeDefined()
      expect(await until(() => runtime.imageStatus('box:1').catch(() => undefined), 20_000)).toBeDefined()
    },
  )
})
