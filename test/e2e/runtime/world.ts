import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeCniConf } from '../../../src/runtime/containerd/cni.ts'
import { type ContainerdOptions, startContainerd } from '../../../src/runtime/containerd/containerd.ts'
import { removeEverything } from '../../../src/runtime/containerd/remove.ts'
import { connectRuntime } from '../../../src/runtime/cri/cri.ts'
import { loadPackedImage } from '../../../src/runtime/image/load.ts'
import { packImage } from '../../../src/runtime/image/pack.ts'
import type { ContainerConfig, ContainerEvent, PodSandboxConfig, Runtime } from '../../../src/runtime/runtime.ts'
import { until } from '../../../src/runtime/wait.ts'

const namespaces = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } as const

/** A containerd of the test's own, with the image `box:1`, and pods in it that no kubelet knows. */
export type ContainerdWorld = ReturnType<typeof containerdWorld>

export function containerdWorld() {
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
  let runtime: Runtime | undefined
  const runtimeOf = () => runtime ?? expect.fail('containerd does not run')
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
    const sandbox = await runtimeOf().runPodSandbox(config)
    times.push(performance.now())
    const container = await runtimeOf().createContainer(sandbox, containerConfig(command, more), config)
    await runtimeOf().startContainer(container)
    times.push(performance.now())
    const remove = async () => {
      await runtimeOf().stopPodSandbox(sandbox)
      await runtimeOf().removePodSandbox(sandbox)
    }
    return { config, sandbox, container, times, remove }
  }
  const exited = async (container: string) =>
    (await until(async () => {
      const status = await runtimeOf().containerStatus(container)
      return status.state === 'EXITED' && status
    }, 20_000)) ?? expect.fail(`${container} does not exit`)
  const logOf = (name: string) => readFileSync(join(folder, 'logs', name, 'main.log'), 'utf8')

  return {
    id,
    folder,
    cgroupParent,
    cni,
    options,
    get runtime() {
      return runtimeOf()
    },
    /** All that were told, and when. */
    events,
    sandboxConfig,
    containerConfig,
    startPod,
    exited,
    logOf,
    async start() {
      writeCniConf(cni)
      await startContainerd(options)
      runtime = await connectRuntime({ socket: options.socket })
      runtime.onEvent((event) => events.push({ ...event, at: Date.now() }))
      const image = await packImage({ name: 'box:1', bin: ['busybox'] })
      await loadPackedImage(options.socket, image)
      image.remove()
      return runtime
    },
    async stop() {
      await runtime?.close()
      await removeEverything({ ...options, cni, cgroupParent, graceSeconds: 0, purge: true })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
