import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeCniConf } from '../../src/runtime/containerd/cni.ts'
import { type ContainerdOptions, containerdPid, startContainerd } from '../../src/runtime/containerd/containerd.ts'
import { allowEgress, removeEgress } from '../../src/runtime/containerd/egress.ts'
import { mountsUnder } from '../../src/runtime/containerd/machine.ts'
import { commandLine, processesWhere } from '../../src/runtime/containerd/processes.ts'
import { removeEverything } from '../../src/runtime/containerd/remove.ts'
import { until } from '../../src/runtime/containerd/wait.ts'
import { connectRuntime } from '../../src/runtime/cri/cri.ts'
import { writeOciArchive } from '../../src/runtime/image/archive.ts'
import { listImages, loadImage, loadPackedImage } from '../../src/runtime/image/load.ts'
import { packImage } from '../../src/runtime/image/pack.ts'
import { pauseImageName } from '../../src/runtime/image/pause-image.ts'
import type { ContainerConfig, ContainerEvent, PodSandboxConfig, Runtime } from '../../src/runtime/runtime.ts'
import { openPortForward, openStream } from '../../src/runtime/stream/stream.ts'

const has = (program: string) => spawnSync(program, ['--version']).error === undefined
const whyNot =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : process.getuid?.() !== 0
      ? 'not root'
      : ['containerd', 'runc', 'busybox'].find((program) => !has(program))?.concat(' is not installed')

const namespaces = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } as const

describe.skipIf(whyNot)(`containerd${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
  const id = process.pid.toString(36)
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-rt-'))
  const cgroupParent = `/k8ts-rt-${id}`
  const cni = { dir: join(folder, 'cni'), name: `k8ts-rt-${id}`, bridge: `k8rt${id}`, podCidr: '10.213.7.0/24' }
  const options: ContainerdOptions = {
    root: join(folder, 'root'),
    state: join(folder, 'state'),
    socket: join(folder, 'c.sock'),
    log: join(folder, 'containerd.log'),
    cniConf: cni.dir,
  }
  let runtime: Runtime
  const events: (ContainerEvent & { at: number })[] = []

  const sandboxConfig = (name: string): PodSandboxConfig => ({
    metadata: { name, uid: `uid-${name}`, namespace: 'default', attempt: 0 },
    hostname: name,
    logDirectory: join(folder, 'logs', name),
    portMappings: [],
    labels: { app: name },
    annotations: {},
    linux: {
      cgroupParent: `${cgroupParent}/${name}`,
      sysctls: {},
      securityContext: {
        namespaceOptions: namespaces,
        supplementalGroups: [],
        privileged: false,
        readonlyRootfs: false,
      },
    },
  })
  const containerConfig = (command: string[], more: Partial<ContainerConfig> = {}): ContainerConfig => ({
    metadata: { name: 'main', attempt: 0 },
    image: 'box:1',
    command,
    args: [],
    workingDir: '',
    env: [{ key: 'GREETING', value: 'grüß dich' }],
    mounts: [],
    devices: [],
    labels: {},
    annotations: {},
    logPath: 'main.log',
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
    ...more,
  })
  /** A running pod with one container. */
  const startPod = async (name: string, command: string[], more: Partial<ContainerConfig> = {}) => {
    const config = sandboxConfig(name)
    const times = [performance.now()]
    const sandbox = await runtime.runPodSandbox(config)
    times.push(performance.now())
    const container = await runtime.createContainer(sandbox, containerConfig(command, more), config)
    await runtime.startContainer(container)
    times.push(performance.now())
    const remove = async () => {
      await runtime.stopPodSandbox(sandbox)
      await runtime.removePodSandbox(sandbox)
    }
    return { config, sandbox, container, times, remove }
  }
  const exited = async (container: string) =>
    (await until(async () => {
      const status = await runtime.containerStatus(container)
      return status.state === 'EXITED' && status
    }, 20_000)) ?? expect.fail(`${container} does not exit`)
  const logOf = (name: string) => readFileSync(join(folder, 'logs', name, 'main.log'), 'utf8')

  beforeAll(async () => {
    writeCniConf(cni)
    await startContainerd(options)
    runtime = await connectRuntime({ socket: options.socket })
    runtime.onEvent((event) => events.push({ ...event, at: Date.now() }))
    const image = await packImage({ name: 'box:1', bin: ['busybox'] })
    await loadPackedImage(options.socket, image)
    image.remove()
  })
  afterAll(async () => {
    await runtime?.close()
    await removeEverything({ ...options, cni, cgroupParent, graceSeconds: 0, purge: true })
    rmSync(folder, { recursive: true, force: true })
  })

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

  test('an exit is told at once, and can be seen by then', async () => {
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

  describe('streams', () => {
    let pod: Awaited<ReturnType<typeof startPod>>
    beforeAll(async () => {
      const script = 'mkdir /www; echo web page > /www/index.html; httpd -p 8080 -h /www; exec cat'
      pod = await startPod('streams', ['sh', '-c', script], { stdin: true })
    })
    afterAll(() => pod.remove())
    const open = async (command: string[], more: { tty?: boolean } = {}) => {
      const { tty = false } = more
      const wanted = { stdin: true, stdout: true, stderr: !tty, tty }
      return openStream(await runtime.exec(pod.container, command, wanted), wanted)
    }

    test('exec: standard input ends, output and exit code come', async () => {
      const streams = await open(['sh', '-c', 'wc -c; echo bad >&2; exit 5'])
      streams.stdin?.end(Buffer.alloc(1 << 20, 'x'))
      const [stdout, stderr, error] = await Promise.all([all(streams.stdout), all(streams.stderr), all(streams.error)])
      expect(stdout).toBe('1048576\n')
      expect(stderr).toBe('bad\n')
      expect(JSON.parse(error)).toMatchObject({
        status: 'Failure',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '5' }] },
      })
      await streams.closed
    })

    test('exec with a terminal that is resized', async () => {
      const streams = await open(['sh'], { tty: true })
      streams.resize?.write('{"Width":123,"Height":45}')
      let shown = ''
      streams.stdout?.on('data', (chunk) => {
        shown += chunk
      })
      const resized = await until(async () => {
        streams.stdin?.write('stty size\n')
        await until(() => shown.includes('45 123'), 200)
        return shown.includes('45 123')
      }, 10_000)
      expect(resized).toBe(true)
      streams.stdin?.write('exit 0\n')
      expect(JSON.parse(await all(streams.error))).toMatchObject({ status: 'Success' })
    })

    test('attach', async () => {
      const wanted = { stdin: true, stdout: true, stderr: true, tty: false }
      const streams = await openStream(await runtime.attach(pod.container, wanted), wanted)
      const line = once(streams.stdout as Readable, 'data')
      streams.stdin?.write('are you there?\n')
      expect(String((await line)[0])).toBe('are you there?\n')
      streams.close()
    })

    test('port-forward, several connections over one', async () => {
      const forward = await openPortForward(await runtime.portForward(pod.sandbox))
      const pages = await Promise.all(
        [1, 2, 3].map(async () => {
          const { data } = await forward.connect(8080)
          data.write('GET / HTTP/1.0\r\n\r\n')
          return all(data)
        }),
      )
      expect(pages).toEqual([1, 2, 3].map(() => expect.stringContaining('web page')))
      const { error } = await forward.connect(9999)
      expect(await all(error)).toContain('refused')
      forward.close()
    })

    test('an unknown token is refused', async () => {
      const url = (await runtime.portForward(pod.sandbox)).replace(/[^/]*$/, 'nonesuch')
      await expect(openPortForward(url)).rejects.toMatchObject({ code: 'NotFound' })
    })
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

  describe('images', () => {
    const runOnce = async (name: string, image: string, command: string[] = []) => {
      const { container, remove } = await startPod(name, command, { image })
      const { exitCode } = await exited(container)
      await remove()
      return { exitCode, log: logOf(name) }
    }

    test('packing is reproducible, and listing shows the pause image and ours', async () => {
      const pack = () => packImage({ name: 'box:1', bin: ['busybox'] })
      const [one, two] = [await pack(), await pack()]
      expect(one.manifest).toEqual(two.manifest)
      const began = performance.now()
      expect(await loadPackedImage(options.socket, one)).toEqual(['docker.io/library/box:1'])
      console.log(`loading what is there: ${(performance.now() - began).toFixed(0)} ms`)
      one.remove()
      two.remove()
      const tags = (await listImages({ socket: options.socket })).flatMap(({ repoTags }) => repoTags)
      expect(tags).toEqual(expect.arrayContaining([pauseImageName, 'docker.io/library/box:1']))
    })

    test.skipIf(!has('redis-server'))(
      'a host program with its libraries, as a user of its own, from an archive',
      async () => {
        const image = await packImage({
          name: 'redis:1',
          bin: ['redis-server', 'redis-cli'],
          entrypoint: ['redis-server'],
          cmd: ['--version'],
          user: 'redis',
          ports: ['6379'],
        })
        const archive = join(folder, 'redis.tar')
        await writeOciArchive(image, archive)
        image.remove()
        expect(await loadImage({ socket: options.socket, archive })).toEqual(['docker.io/library/redis:1'])
        expect(await runtime.imageStatus('redis:1')).toMatchObject({ username: 'redis' })
        const { exitCode, log } = await runOnce('redis', 'redis:1')
        expect(log).toContain('Redis server v=')
        expect(exitCode).toBe(0)
        expect((await runOnce('cli', 'redis:1', ['sh', '-c', 'id -un; redis-cli --version'])).log).toMatch(
          /redis\n.*redis-cli \d/s,
        )
      },
    )

    test('a Node application', async () => {
      const app = join(folder, 'app')
      mkdirSync(join(app, '.git'), { recursive: true })
      writeFileSync(
        join(app, 'server.js'),
        `console.log('node', process.version, require('fs').readdirSync('.').join())`,
      )
      const began = performance.now()
      const image = await packImage({ name: 'app:1', app, compression: 'none' })
      const packed = performance.now()
      await loadPackedImage(options.socket, image)
      console.log(
        `app image: packed in ${(packed - began).toFixed(0)} ms, loaded in ${(performance.now() - packed).toFixed(0)} ms`,
      )
      image.remove()
      expect(await runOnce('app', 'app:1')).toEqual({
        exitCode: 0,
        log: expect.stringContaining(`node ${process.version} server.js`),
      })
    })

    test('a folder as the root file system', async () => {
      const rootfs = join(folder, 'rootfs')
      mkdirSync(join(rootfs, 'data'), { recursive: true })
      writeFileSync(join(rootfs, 'data/hello'), 'hello from rootfs')
      const image = await packImage({
        name: 'k8ts.internal/test/root',
        rootfs,
        bin: ['busybox'],
        cmd: ['cat', 'hello'],
        workdir: '/data',
      })
      expect(image.name).toBe('k8ts.internal/test/root:latest')
      expect(await loadImage({ socket: options.socket, archive: image.directory })).toEqual([image.name])
      image.remove()
      expect((await runOnce('rootfs', 'k8ts.internal/test/root')).log).toContain('hello from rootfs')
      await runtime.removeImage(image.name)
      expect(await runtime.imageStatus(image.name)).toBeUndefined()
    })

    test('a broken archive is one clear error', async () => {
      const archive = join(folder, 'broken.tar')
      writeFileSync(archive, 'this is no tar file')
      await expect(loadImage({ socket: options.socket, archive })).rejects.toThrow(`loading ${archive}: `)
      await expect(loadImage({ socket: options.socket, archive: '/nonesuch' })).rejects.toThrow('no such file')
    })
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
      // The connection of before may still be in back-off.
      expect(await until(() => runtime.imageStatus('box:1').catch(() => undefined), 20_000)).toBeDefined()
    },
  )
})

async function all(stream: Readable | undefined): Promise<string> {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (stream && !stream.readableEnded) await once(stream, 'end')
  return Buffer.concat(chunks).toString()
}
