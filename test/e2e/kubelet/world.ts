import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { systemClock } from '../../../src/api/clock.ts'
import { type Pod, Pods } from '../../../src/api/core/v1/index.ts'
import type { Stored } from '../../../src/api/object.ts'
import { systemRandom } from '../../../src/api/random.ts'
import { bootstrap } from '../../../src/apiserver/bootstrap.ts'
import { kubernetesServiceIP } from '../../../src/apiserver/kinds/index.ts'
import { kubeApiServer } from '../../../src/apiserver/kube-apiserver.ts'
import { createInformers } from '../../../src/client/informers/informers.ts'
import { localClient } from '../../../src/client/local.ts'
import { linuxHost } from '../../../src/kubelet/host/linux.ts'
import { type Kubelet, startKubelet } from '../../../src/kubelet/kubelet.ts'
import type { KubeletOptions } from '../../../src/kubelet/options.ts'
import { writeCniConf } from '../../../src/runtime/containerd/cni.ts'
import { type ContainerdOptions, startContainerd } from '../../../src/runtime/containerd/containerd.ts'
import { mountsUnder } from '../../../src/runtime/containerd/machine.ts'
import { removeEverything } from '../../../src/runtime/containerd/remove.ts'
import { connectRuntime } from '../../../src/runtime/cri/cri.ts'
import { loadPackedImage } from '../../../src/runtime/image/load.ts'
import { packImage } from '../../../src/runtime/image/pack.ts'
import { until as untilSome } from '../../../src/runtime/wait.ts'
import { memoryStore } from '../../../src/store/memory.ts'
import { testCertificates } from '../../support/certificates.ts'

type KeyPair = { key: string; cert: string }

/** A kubelet on a containerd of the test's own, and an API server in this process. */
export type KubeletOnContainerd = Awaited<ReturnType<typeof kubeletOnContainerd>>

export interface WorldOptions {
  /** The kubelet's folder is a file system of this size (`64m`) of its own: how full it is is the test's business alone. */
  disk?: string
  kubelet?: Partial<KubeletOptions>
}

/** What it made is gone when it fails, and after `stop`. */
export async function kubeletOnContainerd(options: WorldOptions = {}) {
  const place = newPlace()
  try {
    return await start(place, options)
  } catch (error) {
    await clear(place)
    throw error
  }
}

type Place = ReturnType<typeof newPlace>

/** Folders, and names that are unique on this machine. */
function newPlace() {
  const id = process.pid.toString(36)
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-kl-'))
  const rootDir = join(folder, 'kubelet')
  const cgroupRoot = `/k8ts-kl-${id}`
  const cni = { dir: join(folder, 'cni'), name: `k8ts-kl-${id}`, bridge: `k8kl${id}`, podCidr: '10.213.9.0/24' }
  const options: ContainerdOptions = {
    root: join(folder, 'root'),
    state: join(folder, 'state'),
    socket: join(folder, 'c.sock'),
    log: join(folder, 'containerd.log'),
    cniConf: cni.dir,
  }
  return { folder, rootDir, cgroupRoot, cni, options }
}

async function clear({ folder, options, cni, cgroupRoot }: Place): Promise<void> {
  await removeEverything({ ...options, cni, cgroupParent: cgroupRoot, graceSeconds: 0, purge: true })
  for (const mount of mountsUnder(folder).reverse()) spawnSync('umount', ['-l', mount])
  rmSync(folder, { recursive: true, force: true })
}

async function start(place: Place, { disk, kubelet: settings }: WorldOptions) {
  const { folder, rootDir, cgroupRoot, cni, options } = place
  if (disk) {
    mkdirSync(rootDir)
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${disk}`, 'tmpfs', rootDir]).status).toBe(0)
  }
  const log = { debug() {}, info() {}, warn: (text: string, f?: object) => console.warn(text, f), error: console.error }
  writeCniConf(cni)
  await startContainerd(options)
  const runtime = await connectRuntime({ socket: options.socket })
  const image = await packImage({ name: 'box:1', bin: ['busybox'] })
  await loadPackedImage(options.socket, image)
  image.remove()
  const server = kubeApiServer({
    store: memoryStore({ clock: systemClock }),
    clock: systemClock,
    random: systemRandom,
    log: { info() {}, warn() {}, error: console.error },
  })
  await server.started
  await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(), address: '10.213.9.1', port: 6443 })
  const client = localClient(server, { name: 'admin', groups: ['system:masters'] })
  const certificates = await testCertificates()
  const admin = await certificates.client('kube-apiserver', ['system:masters'])
  let closing: (() => Promise<void>)[] = []

  async function newKubelet(): Promise<Kubelet> {
    const sources = { client, clock: systemClock, random: systemRandom, log }
    const informers = createInformers(sources)
    const started = await startKubelet({
      ctx: { ...sources, informers, events: { record() {} } },
      runtime,
      host: linuxHost(),
      nodeName: 'node-1',
      nodeIp: '10.213.9.1',
      rootDir,
      cgroupRoot,
      clusterDns: ['10.96.0.10'],
      server: { host: '127.0.0.1', port: 0, tls: certificates.server, clientCa: certificates.ca },
      ...settings,
    })
    closing = [started.stop, async () => informers.stop()]
    return started
  }
  const stopKubelet = async () => {
    for (const close of closing) await close()
  }

  let kubelet = await newKubelet()

  const get = (name: string) => client.get(Pods, { namespace: 'default', name })
  /** Asks every 5 ms. */
  async function until<T>(ask: () => Promise<T>, check: (value: T) => unknown, ms = 20_000): Promise<T> {
    let last: unknown
    const found = await untilSome(async () => {
      const value = await ask()
      last = value
      return check(value) ? { value } : undefined
    }, ms)
    return found ? found.value : expect.fail(`never happened; last: ${JSON.stringify(last)?.slice(-1500)}`)
  }
  const remove = async (name: string) => {
    await client.delete(Pods, { namespace: 'default', name })
    await until(
      () => get(name).catch(() => undefined),
      (pod) => pod === undefined,
    )
  }
  const fetchKubelet = (path: string, pair: KeyPair = admin, seen = (_: string) => {}) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: kubelet.port, path, ca: certificates.ca, ...pair, agent: false },
        (response) => {
          let text = ''
          response.on('data', (chunk) => {
            text += chunk
            seen(text)
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        },
      )
      asked.on('error', reject)
      asked.end()
    })
  /** Calls `seen` with the whole text each time that there is more of it. */
  const logs = async (name: string, query = '', seen?: (text: string) => void) =>
    (await fetchKubelet(`/containerLogs/default/${name}/main${query}`, admin, seen)).text

  return {
    folder,
    rootDir,
    cgroupRoot,
    runtime,
    client,
    certificates,
    admin,
    get kubelet() {
      return kubelet
    },
    get,
    until,
    remove,
    fetchKubelet,
    logs,
    stopKubelet,
    async startKubelet() {
      kubelet = await newKubelet()
    },
    async stop() {
      await stopKubelet()
      await runtime.close()
      await clear(place)
    },
  }
}

/** A pod of this node, with a container of busybox that runs a script. */
export const podOf = (name: string, script: string, spec: Partial<NonNullable<Pod['spec']>> = {}, more = {}): Pod => ({
  metadata: { name, namespace: 'default' },
  spec: {
    nodeName: 'node-1',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image: 'box:1', command: ['sh', '-c', script], ...more }],
    ...spec,
  },
})

export const isReady = (pod: Stored<Pod>) =>
  pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')
export const main = (pod: Stored<Pod>) => pod.status.containerStatuses?.[0]
