import { join } from 'node:path'
import { type Pod, Pods, ServiceAccounts } from '../src/api/core/v1/index.ts'
import { createInformers } from '../src/client/informers/informers.ts'
import { adminClient } from '../src/cluster/processes/clusters.ts'
import { contextOf, world } from '../src/cluster/processes/component.ts'
import { loadSettings, type Settings } from '../src/cluster/settings/settings.ts'
import { loadImages } from '../src/cluster/up/images.ts'
import { connectRuntime } from '../src/runtime/cri/cri.ts'
import type { ContainerConfig, PodSandboxConfig, Runtime } from '../src/runtime/runtime.ts'
import { newCluster } from './cluster.ts'
import { type Benchmark, until } from './harness.ts'

const image = 'bench.k8ts.internal/box:1'

/** One after the other, a pod and the bare calls by turns, so that both meet the same machine. */
export const benchmark: Benchmark = {
  summary: 'a pod from created to Ready, its image present, against the bare CRI calls on the same containerd',
  async measure(bench) {
    const cluster = await newCluster(bench)
    await cluster.up()
    const settings = loadSettings('bench', cluster.dataDir)
    if (!settings) throw new Error('the cluster has no settings')
    await loadImages(settings, [{ name: image, bin: ['busybox'], packages: ['busybox'], env: [], port: [] }], () => {})
    const runtime = await connectRuntime({ socket: join(cluster.dataDir, 'run/containerd.sock') })
    bench.finally(() => runtime.close())
    // Waits for the clean-up after the last round, which the benchmark does not measure.
    const quiet = async () => {
      const prefix = /^(bench|bare)-/
      const isOurs = ({ metadata }: { metadata: { name: string } }) => prefix.test(metadata.name)
      await until('sandboxes removed', async () => !(await runtime.listPodSandbox()).some(isOurs))
    }
    const pods = podStarter(settings)
    bench.finally(pods.stop)
    await pods.ready

    const bare = bareStarter(runtime, settings)
    // Warms up: the first of each loads the code.
    await bare(-1)
    await pods.start(-1)
    const runs = await bench.repeat('a pod, and the bare calls', 15, async (round) => {
      await quiet()
      const floor = round % 2 ? await bare(round) : undefined
      await quiet()
      const pod = await pods.start(round)
      await quiet()
      const calls = floor ?? (await bare(round))
      return { pod, ...calls, ratio: pod / calls.total }
    })
    const pairs = runs.map(({ pod }) => pod)
    bench.figures(runs, {
      ratio: ['pod Ready, by the bare calls', 'x', { under: 1.3, must: 1.5 }],
      pod: ['pod created -> Ready', 's'],
      total: ['bare: all three calls', 's'],
      sandbox: ['bare: RunPodSandbox', 's'],
      create: ['bare: CreateContainer', 's'],
      start: ['bare: StartContainer', 's'],
    })
    bench.figure('pod created -> Ready, fastest', 's', [Math.min(...pairs)])
    bench.figure('bare: all three calls, fastest', 's', [Math.min(...runs.map(({ total }) => total))])
  },
}

const command = ['sleep', '1000']

/** Creates pods and watches for their becoming Ready, as any client of the API would. */
function podStarter(settings: Settings) {
  const client = adminClient(settings) as ReturnType<typeof adminClient> & { close(): Promise<void> }
  const context = contextOf({ client, component: 'bench' })
  const informers = createInformers({ ...world, client, log: context.log })
  const informer = informers.of(Pods)
  const isReady = (pod: Pod | undefined) =>
    pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  const ready = (async () => {
    await informer.synced
    await until('the ServiceAccount', () =>
      client.get(ServiceAccounts, { namespace: 'default', name: 'default' }).catch(() => undefined),
    )
  })()
  return {
    ready,
    async start(round: number): Promise<number> {
      const name = `bench-${round + 1}`
      const pod: Pod = {
        metadata: { name, namespace: 'default' },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image, command }] },
      }
      const begun = performance.now()
      await client.create(Pods, pod)
      await until(`pod ${name} Ready`, () => isReady(informer.get(`default/${name}`)), { everyMs: 1 })
      const took = (performance.now() - begun) / 1000
      await client.delete(Pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 })
      await until(`pod ${name} gone`, () => !informer.get(`default/${name}`))
      return took
    },
    async stop() {
      informers.stop()
      await client.close()
    },
  }
}

/** Only the calls that every kubelet has to make to the runtime. */
function bareStarter(runtime: Runtime, settings: Settings) {
  const namespaceOptions = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } as const
  const security = { namespaceOptions, supplementalGroups: [], privileged: false, readonlyRootfs: false }
  return async (round: number) => {
    const name = `bare-${round + 1}`
    const sandboxConfig: PodSandboxConfig = {
      metadata: { name, uid: `uid-${name}`, namespace: 'bench', attempt: 0 },
      hostname: name,
      logDirectory: join(settings.dataDir, 'bench-logs', name),
      portMappings: [],
      labels: {},
      annotations: {},
      linux: { cgroupParent: `/${settings.cgroup}/${name}`, sysctls: {}, securityContext: security },
    }
    const config: ContainerConfig = {
      metadata: { name: 'main', attempt: 0 },
      image,
      command,
      args: [],
      workingDir: '',
      env: [],
      mounts: [],
      devices: [],
      labels: {},
      annotations: {},
      logPath: 'main.log',
      stdin: false,
      stdinOnce: false,
      tty: false,
      linux: { resources: {}, securityContext: { ...security, noNewPrivs: false, maskedPaths: [], readonlyPaths: [] } },
    }
    const times = [performance.now()]
    const sandbox = await runtime.runPodSandbox(sandboxConfig)
    times.push(performance.now())
    const container = await runtime.createContainer(sandbox, config, sandboxConfig)
    times.push(performance.now())
    await runtime.startContainer(container)
    times.push(performance.now())
    await runtime.stopPodSandbox(sandbox)
    await runtime.removePodSandbox(sandbox)
    const [begun = 0, sandboxed = 0, created = 0, started = 0] = times
    return {
      sandbox: (sandboxed - begun) / 1000,
      create: (created - sandboxed) / 1000,
      start: (started - created) / 1000,
      total: (started - begun) / 1000,
    }
  }
}
