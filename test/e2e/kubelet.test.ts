import { spawnSync } from 'node:child_process'
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
