import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Nodes, Pods } from '../../src/api/core/v1/index.ts'
import { type KubeletOnContainerd, kubeletOnContainerd, podOf } from './kubelet/world.ts'
import { noContainers } from './support.ts'

const missing = ['containerd', 'runc', 'busybox'].find((program) => spawnSync(program, ['--version']).error)
const whyNot = noContainers ?? (missing && `${missing} is not installed`)

describe.skipIf(whyNot)(`eviction with containerd${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
  let w: KubeletOnContainerd
  beforeAll(async () => {
    const eviction = { hard: { 'nodefs.available': '24Mi' }, periodMs: 100, transitionMs: 1000 }
    w = await kubeletOnContainerd({ disk: '64m', kubelet: { eviction } })
  })
  afterAll(() => w?.stop())

  /** Writes so many MiB into a volume, and stays. */
  const writer = (name: string, mebibytes: number) =>
    podOf(
      name,
      `dd if=/dev/zero of=/scratch/file bs=1M count=${mebibytes}; exec sleep 1000`,
      { volumes: [{ name: 'scratch', emptyDir: {} }] },
      { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] },
    )
  const node = () => w.client.get(Nodes, { name: 'node-1' })
  const pressure = async () =>
    (await node()).status.conditions?.find(({ type }) => type === 'DiskPressure')?.status ?? 'Unknown'
  const phase = async (name: string) => (await w.get(name)).status.phase

  test('the pod that fills the disk goes, the other one stays, and the pressure passes', async () => {
    expect(await pressure()).toBe('False')
    expect((await node()).status.allocatable?.['ephemeral-storage']).toBe('40Mi')
    await w.client.create(Pods, writer('modest', 2))
    await w.until(
      () => phase('modest'),
      (is) => is === 'Running',
    )
    await w.client.create(Pods, writer('greedy', 45))
    const evicted = await w.until(
      () => w.get('greedy'),
      ({ status }) => status.phase === 'Failed',
    )
    expect(evicted.status).toMatchObject({
      reason: 'Evicted',
      message: expect.stringMatching(
        /^The node was low on resource: ephemeral-storage\. Threshold quantity: 24Mi, available: \S+\. /,
      ),
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }),
      ]),
    })
    await w.until(pressure, (is) => is === 'False')
    expect(await phase('modest')).toBe('Running')
  })

  test('under pressure no pod is let in', async () => {
    spawnSync('dd', ['if=/dev/zero', `of=${join(w.rootDir, 'filler')}`, 'bs=1M', 'count=41'])
    await w.until(pressure, (is) => is === 'True')
    await w.client.create(Pods, podOf('late', 'exec sleep 1000'))
    const refused = await w.until(
      () => w.get('late'),
      ({ status }) => status.phase === 'Failed',
    )
    expect(refused.status).toMatchObject({
      reason: 'Evicted',
      message: 'Pod was rejected: The node had condition: [DiskPressure]. ',
    })
  })
})
