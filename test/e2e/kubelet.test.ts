import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Nodes, Pods } from '../../src/api/core/v1/index.ts'
import { podsOnContainerd } from './kubelet/pods.ts'
import { isReady, type KubeletOnContainerd, kubeletOnContainerd, main, podOf } from './kubelet/world.ts'

const has = (program: string) => spawnSync(program, ['--version']).error === undefined
const whyNot =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : process.getuid?.() !== 0
      ? 'not root'
      : ['containerd', 'runc', 'busybox'].find((program) => !has(program))?.concat(' is not installed')

describe.skipIf(whyNot)(`kubelet with containerd${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
  let w: KubeletOnContainerd
  beforeAll(async () => {
    w = await kubeletOnContainerd()
  })
  afterAll(() => w?.stop())

  podsOnContainerd(() => w)

  test('the node is ready and says what it is', async () => {
    const node = await w.client.get(Nodes, { name: 'node-1' })
    expect(node.status.conditions?.find((c) => c.type === 'Ready')).toMatchObject({
      status: 'True',
      reason: 'KubeletReady',
    })
    expect(node.status.nodeInfo).toMatchObject({ operatingSystem: 'linux', kubeletVersion: 'v1.36.0' })
    expect(node.status.nodeInfo?.containerRuntimeVersion).toMatch(/^containerd:\/\/\d/)
    expect(node.status.daemonEndpoints?.kubeletEndpoint?.Port).toBe(w.kubelet.port)
  })

  test('a pod starts about as fast as the bare calls to the runtime', async () => {
    const bare: number[] = []
    const ours: number[] = []
    for (let i = 0; i < 4; i++) {
      const begun = performance.now()
      const config = {
        metadata: { name: `bare${i}`, uid: `bare${i}`, namespace: 'x', attempt: 0 },
        hostname: 'bare',
        logDirectory: join(w.folder, 'bare'),
        portMappings: [],
        labels: {},
        annotations: {},
        linux: {
          cgroupParent: `${w.cgroupRoot}/bare`,
          sysctls: {},
          securityContext: {
            namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
            supplementalGroups: [],
            privileged: false,
            readonlyRootfs: false,
          },
        },
      } as const
      const sandbox = await w.runtime.runPodSandbox(structuredClone(config) as never)
      const container = await w.runtime.createContainer(
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
      await w.runtime.startContainer(container)
      bare.push(performance.now() - begun)
      await w.runtime.stopPodSandbox(sandbox)
      await w.runtime.removePodSandbox(sandbox)

      const start = performance.now()
      await w.client.create(Pods, podOf(`fast${i}`, 'exec sleep 1000'))
      await w.until(() => w.get(`fast${i}`), isReady)
      ours.push(performance.now() - start)
      await w.remove(`fast${i}`)
    }
    const median = (list: number[]) => [...list].sort((a, b) => a - b)[1] ?? 0
    console.log(`bare CRI ${median(bare).toFixed(0)} ms, pod create to Ready ${median(ours).toFixed(0)} ms`)
    expect(median(ours)).toBeLessThan(3 * median(bare))
  })

  test('strangers get nothing', async () => {
    const stranger = await w.certificates.client('somebody', ['people'])
    expect((await w.fetchKubelet('/pods', stranger)).status).toBe(403)
    expect((await w.fetchKubelet('/pods', { key: '', cert: '' })).status).toBe(401)
    expect(await w.fetchKubelet('/healthz', { key: '', cert: '' })).toEqual({ status: 200, text: 'ok' })
  })

  test('a kubelet that comes back takes over what runs', async () => {
    await w.client.create(Pods, podOf('keep', 'exec sleep 1000'))
    await w.client.create(Pods, podOf('orphan', 'exec sleep 1000'))
    const before = await w.until(() => w.get('keep'), isReady)
    await w.until(() => w.get('orphan'), isReady)
    await w.stopKubelet()
    await w.client.delete(Pods, { namespace: 'default', name: 'orphan' }, { gracePeriodSeconds: 0 })
    await w.startKubelet()
    await w.until(
      () => w.runtime.listPodSandbox(),
      (all) => all.length === 1,
    )
    const after = await w.get('keep')
    expect(main(after)).toMatchObject({ containerID: main(before)?.containerID, restartCount: 0, ready: true })
    expect(isReady(after)).toBe(true)
    await w.remove('keep')
  })
})
