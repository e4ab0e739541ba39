import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/api/clock.ts'
import { Nodes, type Pod, Pods } from '../../src/api/core/v1/index.ts'
import { systemRandom } from '../../src/api/random.ts'
import { bootstrap } from '../../src/apiserver/bootstrap.ts'
import { kubeApiServer } from '../../src/apiserver/kube-apiserver.ts'
import { kubernetesServiceIP } from '../../src/apiserver/resources/index.ts'
import type { Client } from '../../src/client/client.ts'
import { createInformers } from '../../src/client/informers.ts'
import { localClient } from '../../src/client/local.ts'
import { linuxHost } from '../../src/kubelet/host/linux.ts'
import { startKubelet } from '../../src/kubelet/kubelet.ts'
import { writeCniConf } from '../../src/runtime/containerd/cni.ts'
import { type ContainerdOptions, startContainerd } from '../../src/runtime/containerd/containerd.ts'
import { mountsUnder } from '../../src/runtime/containerd/machine.ts'
import { removeEverything } from '../../src/runtime/containerd/remove.ts'
import { connectRuntime } from '../../src/runtime/cri/cri.ts'
import { loadPackedImage } from '../../src/runtime/image/load.ts'
import { packImage } from '../../src/runtime/image/pack.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { eventually, noContainers } from './support.ts'

const missing = ['containerd', 'runc', 'busybox'].find((program) => spawnSync(program, ['--version']).error)
const whyNot = noContainers ?? (missing && `${missing} is not installed`)

/** The kubelet's folder is a file system of 64 MiB of its own, so that how full it is is the test's business alone. */
describe.skipIf(whyNot)(`eviction with containerd${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
  const id = process.pid.toString(36)
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-ev-'))
  const rootDir = join(folder, 'kubelet')
  const cgroupRoot = `/k8ts-ev-${id}`
  const cni = { dir: join(folder, 'cni'), name: `k8ts-ev-${id}`, bridge: `k8ev${id}`, podCidr: '10.213.10.0/24' }
  const options: ContainerdOptions = {
    root: join(folder, 'root'),
    state: join(folder, 'state'),
    socket: join(folder, 'c.sock'),
    log: join(folder, 'containerd.log'),
    cniConf: cni.dir,
  }
  const log = { debug() {}, info() {}, warn() {}, error: console.error }
  const events: string[] = []
  const closing: (() => Promise<void>)[] = []
  let client: Client
  let runtime: Runtime

  beforeAll(async () => {
    mkdirSync(rootDir)
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', rootDir]).status).toBe(0)
    writeCniConf(cni)
    await startContainerd(options)
    runtime = await connectRuntime({ socket: options.socket })
    const image = await packImage({ name: 'box:1', bin: ['busybox'] })
    await loadPackedImage(options.socket, image)
    image.remove()
    const store = memoryStore({ clock: systemClock })
    const server = kubeApiServer({ store, clock: systemClock, random: systemRandom, log })
    await server.started
    await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(), address: '10.213.10.1', port: 6443 })
    client = localClient(server, { name: 'admin', groups: ['system:masters'] })
    const sources = { client, clock: systemClock, random: systemRandom, log }
    const informers = createInformers(sources)
    const record = (_: object, type: string, reason: string) => void events.push(`${type} ${reason}`)
    const kubelet = await startKubelet({
      ctx: { ...sources, informers, events: { record } },
      runtime,
      host: linuxHost(),
      nodeName: 'node-1',
      nodeIp: '10.213.10.1',
      rootDir,
      cgroupRoot,
      eviction: { hard: { 'nodefs.available': '24Mi' }, periodMs: 100, transitionMs: 1000 },
    })
    closing.push(
      kubelet.stop,
      async () => informers.stop(),
      () => server.close(),
      () => store.close(),
    )
  })
  afterAll(async () => {
    for (const close of closing) await close()
    await runtime?.close()
    await removeEverything({ ...options, cni, cgroupParent: cgroupRoot, graceSeconds: 0, purge: true })
    for (const mount of mountsUnder(folder).reverse()) spawnSync('umount', ['-l', mount])
    rmSync(folder, { recursive: true, force: true })
  })

  const podOf = (name: string, script: string): Pod => ({
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: 'box:1',
          command: ['sh', '-c', script],
          volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
        },
      ],
      volumes: [{ name: 'scratch', emptyDir: {} }],
    },
  })
  const get = (name: string) => client.get(Pods, { namespace: 'default', name })
  const pressure = async () => {
    const { conditions } = (await client.get(Nodes, { name: 'node-1' })).status
    return conditions?.find(({ type }) => type === 'DiskPressure')?.status
  }

  test('the pod that fills the disk goes, the other one stays, and the pressure passes', async () => {
    expect(await pressure()).toBe('False')
    const { allocatable } = (await client.get(Nodes, { name: 'node-1' })).status
    expect(allocatable?.['ephemeral-storage']).toBe('40Mi')
    await client.create(Pods, podOf('modest', 'dd if=/dev/zero of=/scratch/some bs=1M count=2; exec sleep 1000'))
    const running = async (name: string) => (await get(name)).status.phase === 'Running'
    await eventually('modest runs', () => running('modest'))
    await client.create(Pods, podOf('greedy', 'dd if=/dev/zero of=/scratch/much bs=1M count=45; exec sleep 1000'))
    const evicted = await eventually('greedy is evicted', async () => {
      const pod = await get('greedy')
      return pod.status.phase === 'Failed' && pod
    })
    expect(evicted.status).toMatchObject({
      reason: 'Evicted',
      message: expect.stringMatching(
        /^The node was low on resource: ephemeral-storage. Threshold quantity: 24Mi, available: \S+\. Container main was using /,
      ),
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }),
      ]),
    })
    expect(events).toContain('Warning EvictionThresholdMet')
    expect(events).toContain('Warning Evicted')
    await eventually('the pressure passes', async () => (await pressure()) === 'False')
    expect(await running('modest')).toBe(true)
  })

  test('under pressure no pod is let in', async () => {
    spawnSync('dd', ['if=/dev/zero', `of=${join(rootDir, 'filler')}`, 'bs=1M', 'count=41'])
    await eventually('the node is under pressure', async () => (await pressure()) === 'True')
    await client.create(Pods, podOf('late', 'exec sleep 1000'))
    const refused = await eventually('late is refused', async () => {
      const pod = await get('late')
      return pod.status.phase === 'Failed' && pod
    })
    expect(refused.status).toMatchObject({
      reason: 'Evicted',
      message: 'Pod was rejected: The node had condition: [DiskPressure]. ',
    })
  })
})
