import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { systemClock } from '../../src/api/clock.ts'
import { ConfigMaps, Nodes, type Pod, Pods, Secrets } from '../../src/api/core/v1/index.ts'
import type { Stored } from '../../src/api/object.ts'
import { systemRandom } from '../../src/api/random.ts'
import { bootstrap } from '../../src/apiserver/bootstrap.ts'
import { kubeApiServer } from '../../src/apiserver/kube-apiserver.ts'
import { testCertificates } from '../../src/apiserver/node/test-certificates.ts'
import { kubernetesServiceIP } from '../../src/apiserver/resources/index.ts'
import type { Client } from '../../src/client/client.ts'
import { createInformers } from '../../src/client/informers.ts'
import { localClient } from '../../src/client/local.ts'
import { linuxHost } from '../../src/kubelet/host/linux.ts'
import { type Kubelet, startKubelet } from '../../src/kubelet/kubelet.ts'
import { writeCniConf } from '../../src/runtime/containerd/cni.ts'
import { type ContainerdOptions, startContainerd } from '../../src/runtime/containerd/containerd.ts'
import { mountsUnder } from '../../src/runtime/containerd/machine.ts'
import { removeEverything } from '../../src/runtime/containerd/remove.ts'
import { connectRuntime } from '../../src/runtime/cri/cri.ts'
import { loadPackedImage } from '../../src/runtime/image/load.ts'
import { packImage } from '../../src/runtime/image/pack.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { memoryStore } from '../../src/store/memory.ts'

const has = (program: string) => spawnSync(program, ['--version']).error === undefined
const whyNot =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : process.getuid?.() !== 0
      ? 'not root'
      : ['containerd', 'runc', 'busybox'].find((program) => !has(program))?.concat(' is not installed')

describe.skipIf(whyNot)(`kubelet with containerd${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
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
  const events: { reason: string; message: string; name?: string }[] = []
  const log = { debug() {}, info() {}, warn: (text: string, f?: object) => console.warn(text, f), error: console.error }
  let runtime: Runtime
  let client: Client
  let kubelet: Kubelet
  let closing: (() => Promise<void>)[] = []
  let certificates: Awaited<ReturnType<typeof testCertificates>>
  let admin: { key: string; cert: string }

  async function start(): Promise<Kubelet> {
    const sources = { client, clock: systemClock, random: systemRandom, log }
    const informers = createInformers(sources)
    const record = (about: { metadata?: { name?: string } }, _: string, reason: string, message: string) =>
      void events.push({ reason, message, ...(about.metadata?.name && { name: about.metadata.name }) })
    const started = await startKubelet({
      ctx: { ...sources, informers, events: { record } },
      runtime,
      host: linuxHost(),
      nodeName: 'node-1',
      nodeIp: '10.213.9.1',
      rootDir,
      cgroupRoot,
      clusterDns: ['10.96.0.10'],
      server: { host: '127.0.0.1', port: 0, tls: certificates.server, clientCa: certificates.ca },
    })
    closing = [started.stop, async () => informers.stop()]
    return started
  }
  const stopKubelet = async () => {
    for (const close of closing) await close()
  }

  beforeAll(async () => {
    writeCniConf(cni)
    await startContainerd(options)
    runtime = await connectRuntime({ socket: options.socket })
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
    client = localClient(server, { name: 'admin', groups: ['system:masters'] })
    certificates = await testCertificates()
    admin = await certificates.client('kube-apiserver', ['system:masters'])
    kubelet = await start()
  })
  afterAll(async () => {
    await stopKubelet()
    await runtime?.close()
    await removeEverything({ ...options, cni, cgroupParent: cgroupRoot, graceSeconds: 0, purge: true })
    for (const mount of mountsUnder(folder).reverse()) spawnSync('umount', ['-l', mount])
    rmSync(folder, { recursive: true, force: true })
  })

  const podOf = (name: string, script: string, spec: Partial<NonNullable<Pod['spec']>> = {}, more = {}): Pod => ({
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'box:1', command: ['sh', '-c', script], ...more }],
      ...spec,
    },
  })
  const get = (name: string) => client.get(Pods, { namespace: 'default', name })
  async function until<T>(ask: () => Promise<T>, check: (value: T) => unknown, ms = 20_000): Promise<T> {
    for (const end = Date.now() + ms; ; ) {
      const value = await ask()
      if (check(value)) return value
      if (Date.now() > end) throw new Error(`never happened; last: ${JSON.stringify(value)?.slice(-1500)}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const isReady = (pod: Stored<Pod>) => pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')
  const main = (pod: Stored<Pod>) => pod.status.containerStatuses?.[0]
  const remove = async (name: string) => {
    await client.delete(Pods, { namespace: 'default', name })
    await until(
      () => get(name).catch(() => undefined),
      (pod) => pod === undefined,
    )
  }
  const fetchKubelet = (path: string, pair: { key: string; cert: string } | undefined = admin) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: kubelet.port, path, ca: certificates.ca, ...pair, agent: false },
        (response) => {
          let text = ''
          response.on('data', (chunk) => {
            text += chunk
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        },
      )
      asked.on('error', reject)
      asked.end()
    })
  const logs = async (name: string, query = '') =>
    (await fetchKubelet(`/containerLogs/default/${name}/main${query}`)).text

  test('the node is ready and says what it is', async () => {
    const node = await client.get(Nodes, { name: 'node-1' })
    expect(node.status.conditions?.find((c) => c.type === 'Ready')).toMatchObject({
      status: 'True',
      reason: 'KubeletReady',
    })
    expect(node.status.nodeInfo).toMatchObject({ operatingSystem: 'linux', kubeletVersion: 'v1.36.0' })
    expect(node.status.nodeInfo?.containerRuntimeVersion).toMatch(/^containerd:\/\/\d/)
    expect(node.status.daemonEndpoints?.kubeletEndpoint?.Port).toBe(kubelet.port)
  })

  test('a pod: environment, volumes, hosts, DNS, logs; gone without a trace', async () => {
    await client.create(ConfigMaps, {
      metadata: { name: 'conf', namespace: 'default' },
      data: { color: 'red', 'a.txt': 'one' },
    })
    await client.create(Secrets, { metadata: { name: 'sec', namespace: 'default' }, data: { pass: btoa('hush') } })
    const script = [
      'echo "$COLOR $PASS $NAME $IP $GREETING"',
      'cat /conf/a.txt; echo; cat /sec/pass; echo; cat /info/labels; echo; cat /sub/file; echo',
      'stat -c "%a %u:%g" /scratch /sec/..data/pass',
      'grep -c tmpfs /proc/mounts >/dev/null && echo tmpfs; hostname; grep search /etc/resolv.conf; grep "$IP" /etc/hosts',
      'id -u; id -G; echo $KUBERNETES_SERVICE_HOST',
      'exec sleep 1000',
    ].join('\n')
    const pod = podOf(
      'full',
      script,
      {
        securityContext: { runAsUser: 1000, fsGroup: 2000 },
        volumes: [
          { name: 'conf', configMap: { name: 'conf' } },
          { name: 'sec', secret: { secretName: 'sec', defaultMode: 0o400 } },
          { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        ],
      },
      {
        env: [
          { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'conf', key: 'color' } } },
          { name: 'PASS', valueFrom: { secretKeyRef: { name: 'sec', key: 'pass' } } },
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'GREETING', value: 'hi-$(COLOR)' },
        ],
        volumeMounts: [
          { name: 'conf', mountPath: '/conf' },
          { name: 'sec', mountPath: '/sec' },
          { name: 'info', mountPath: '/info' },
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'conf', mountPath: '/sub/file', subPath: 'a.txt' },
        ],
        resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi', cpu: '500m' } },
      },
    )
    await client.create(Pods, { ...pod, metadata: { ...pod.metadata, labels: { app: 'full' } } })
    const running = await until(() => get('full'), isReady)
    const text = await until(
      () => logs('full'),
      (l) => l.includes('10.96.0.1\n'),
    )
    expect(text.split('\n')).toEqual([
      `red hush full ${running.status.podIP} hi-red`,
      'one',
      'hush',
      'app="full"',
      'one',
      '2777 0:2000',
      '440 0:2000',
      'tmpfs',
      'full',
      expect.stringContaining('search default.svc.cluster.local svc.cluster.local cluster.local'),
      `${running.status.podIP}\tfull`,
      '1000',
      '0 2000',
      '10.96.0.1',
      '',
    ])
    expect(running.status.qosClass).toBe('Burstable')

    await client.patch(ConfigMaps, { namespace: 'default', name: 'conf' }, { data: { 'a.txt': 'two' } })
    const id = main(running)?.containerID?.split('//')[1] ?? ''
    await until(
      async () => (await runtime.execSync(id, ['cat', '/conf/a.txt'], 5)).stdout,
      (s) => s === 'two',
    )

    await remove('full')
    expect(existsSync(join(rootDir, 'pods', running.metadata.uid))).toBe(false)
    expect(mountsUnder(rootDir)).toEqual([])
    await until(
      async () => readdirSync(join(rootDir, 'logs')),
      (names) => !names.some((n) => n.includes('_full_')),
    )
    await until(
      () => runtime.listPodSandbox(),
      (all) => all.length === 0,
    )
  })

  test('a pod starts about as fast as the bare calls to the runtime', async () => {
    const bare: number[] = []
    const ours: number[] = []
    for (let i = 0; i < 4; i++) {
      const begun = performance.now()
      const config = {
        metadata: { name: `bare${i}`, uid: `bare${i}`, namespace: 'x', attempt: 0 },
        hostname: 'bare',
        logDirectory: join(folder, 'bare'),
        portMappings: [],
        labels: {},
        annotations: {},
        linux: {
          cgroupParent: `${cgroupRoot}/bare`,
          sysctls: {},
          securityContext: {
            namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
            supplementalGroups: [],
            privileged: false,
            readonlyRootfs: false,
          },
        },
      } as const
      const sandbox = await runtime.runPodSandbox(structuredClone(config) as never)
      const container = await runtime.createContainer(
        sandbox,
        {
          metadata: { name: 'main', attempt: 0 },
          image: 'box:1',
          command: ['sleep', '1000'],
          args: [],
          workingDir: '',
          env: [],
          mounts: [],
          devices: [],
          labels: {},
          annotations: {},
          logPath: 'x.log',
          stdin: false,
          stdinOnce: false,
          tty: false,
          linux: {
            resources: {},
            securityContext: {
              ...config.linux.securityContext,
              supplementalGroups: [],
              noNewPrivs: false,
              maskedPaths: [],
              readonlyPaths: [],
            },
          },
        },
        structuredClone(config) as never,
      )
      await runtime.startContainer(container)
      bare.push(performance.now() - begun)
      await runtime.stopPodSandbox(sandbox)
      await runtime.removePodSandbox(sandbox)

      const start = performance.now()
      await client.create(Pods, podOf(`fast${i}`, 'exec sleep 1000'))
      await until(() => get(`fast${i}`), isReady)
      ours.push(performance.now() - start)
      await remove(`fast${i}`)
    }
    const median = (list: number[]) => [...list].sort((a, b) => a - b)[1] ?? 0
    console.log(`bare CRI ${median(bare).toFixed(0)} ms, pod create to Ready ${median(ours).toFixed(0)} ms`)
    expect(median(ours)).toBeLessThan(3 * median(bare))
  })

  test('crash, termination message, previous log, restart', async () => {
    const script = 'echo run; echo -n "last words" > /dev/termination-log; exit 3'
    await client.create(Pods, podOf('crash', script))
    const pod = await until(
      () => get('crash'),
      (p) => main(p)?.state?.waiting?.reason === 'CrashLoopBackOff',
    )
    expect(main(pod)).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'last words' } },
    })
    expect(await logs('crash', '?previous=true')).toBe('run\n')
    await remove('crash')
  })

  test('init containers, an exec probe, a preStop hook, logs as asked for', async () => {
    const pod = podOf(
      'hooks',
      'for i in 1 2 3 4 5; do echo line $i; done; trap "echo term; exit 0" TERM; touch /data/up; while :; do sleep 0.1; done',
      {
        terminationGracePeriodSeconds: 10,
        volumes: [{ name: 'data', emptyDir: {} }],
        initContainers: [
          {
            name: 'init',
            image: 'box:1',
            command: ['sh', '-c', 'echo made > /data/file'],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
      },
      {
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        readinessProbe: { exec: { command: ['cat', '/data/up'] }, periodSeconds: 1 },
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo bye > /proc/1/fd/1'] } } },
      },
    )
    await client.create(Pods, pod)
    const running = await until(() => get('hooks'), isReady)
    expect(running.status.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
    })
    expect(await logs('hooks', '?tailLines=2')).toBe('line 4\nline 5\n')
    expect(await logs('hooks', '?limitBytes=8')).toBe('line 1\nl')
    expect(await logs('hooks', '?tailLines=1&timestamps=true')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z line 5\n$/)
    expect(await logs('hooks', '?sinceTime=2100-01-01T00:00:00Z')).toBe('')
    const following = logs('hooks', '?follow=true&tailLines=0')
    await new Promise((resolve) => setTimeout(resolve, 200))
    await remove('hooks')
    expect(await following).toBe('bye\nterm\n')
  })

  test('exec over a WebSocket, with its exit code', async () => {
    await client.create(Pods, podOf('ws', 'exec sleep 1000'))
    await until(() => get('ws'), isReady)
    const url = `wss://127.0.0.1:${kubelet.port}/exec/default/ws/main?input=1&output=1&error=1&command=sh&command=-c&command=${encodeURIComponent('cat; echo err >&2; exit 4')}`
    for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
      const ws = new WebSocket(url, [protocol], { ca: certificates.ca, ...admin })
      const got: Record<number, string> = {}
      ws.on('message', (data: Buffer) => {
        got[data[0] ?? -1] = (got[data[0] ?? -1] ?? '') + data.subarray(1).toString()
        if (protocol.startsWith('v4') && got[1] === 'hello') ws.close()
      })
      await new Promise((resolve, reject) => ws.on('open', resolve).on('error', reject))
      expect(ws.protocol).toBe(protocol)
      ws.send(Buffer.from('\0hello'))
      if (protocol.startsWith('v5')) ws.send(Buffer.from([255, 0]))
      await new Promise((resolve) => ws.on('close', resolve))
      expect(got[1]).toBe('hello')
      if (protocol.startsWith('v4')) continue
      expect(got[2]).toBe('err\n')
      expect(JSON.parse(got[3] ?? '')).toMatchObject({
        status: 'Failure',
        details: { causes: [{ reason: 'ExitCode', message: '4' }] },
      })
    }
    expect((await fetchKubelet('/pods')).status).toBe(200)
    expect((await fetchKubelet('/stats/summary')).text).toContain('"nodeName":"node-1"')
    expect((await fetchKubelet('/metrics/resource')).text).toContain(
      'container_memory_working_set_bytes{container="main"',
    )
    await remove('ws')
  })

  test('an emptyDir beyond its limit costs the pod its place', async () => {
    const volumes = [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }]
    const script = 'dd if=/dev/zero of=/data/big bs=1024k count=4; exec sleep 1000'
    await client.create(
      Pods,
      podOf('greedy', script, { volumes }, { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    )
    const failed = await until(
      () => get('greedy'),
      (p) => p.status.phase === 'Failed',
    )
    expect(failed.status).toMatchObject({
      reason: 'Evicted',
      message: expect.stringContaining('exceeds the limit "1Mi"'),
    })
    await remove('greedy')
  })

  test('strangers get nothing', async () => {
    const stranger = await certificates.client('somebody', ['people'])
    expect((await fetchKubelet('/pods', stranger)).status).toBe(403)
    expect((await fetchKubelet('/pods', { key: '', cert: '' })).status).toBe(401)
    expect(await fetchKubelet('/healthz', { key: '', cert: '' })).toEqual({ status: 200, text: 'ok' })
  })

  test('a kubelet that comes back takes over what runs', async () => {
    await client.create(Pods, podOf('keep', 'exec sleep 1000'))
    await client.create(Pods, podOf('orphan', 'exec sleep 1000'))
    const before = await until(() => get('keep'), isReady)
    await until(() => get('orphan'), isReady)
    await stopKubelet()
    await client.delete(Pods, { namespace: 'default', name: 'orphan' }, { gracePeriodSeconds: 0 })
    kubelet = await start()
    await until(
      () => runtime.listPodSandbox(),
      (all) => all.length === 1,
    )
    const after = await get('keep')
    expect(main(after)).toMatchObject({ containerID: main(before)?.containerID, restartCount: 0, ready: true })
    expect(isReady(after)).toBe(true)
    await remove('keep')
  })
})
