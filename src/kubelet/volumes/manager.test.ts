import { expect, test } from 'vitest'
import { nextTurn } from '../../api/turn.ts'
import { simulatedHost } from '../host/simulated.ts'
import type { KubePod } from '../pod.ts'
import { Volumes } from './manager.ts'

const pod = {
  metadata: { uid: 'u', name: 'web', namespace: 'default' },
  spec: {
    containers: [{ name: 'main', volumeMounts: [{ name: 'memory' }, { name: 'host' }] }],
    volumes: [
      { name: 'memory', emptyDir: { medium: 'Memory' } },
      { name: 'host', hostPath: { path: '/data', type: 'Directory' } },
    ],
  },
} as unknown as KubePod
const facts = { podIps: [], allocatable: {} } as unknown as Parameters<Volumes['mount']>[1]

/** Volumes on a host whose tmpfs mounts wait until the test lets them go on. */
function slowVolumes() {
  const did: string[] = []
  const gates: (() => void)[] = []
  let hasData = false
  const simulated = simulatedHost()
  const mounted = new Set<string>()
  const host = {
    ...simulated,
    simulated: false,
    files: {
      ...simulated.files,
      stat: async () => (hasData ? { type: 'folder' } : undefined),
      remove: async (path: string) => void did.push(`remove ${path}`),
    },
    mounts: {
      ...simulated.mounts,
      tmpfs: async (path: string) => {
        did.push('mount begins')
        await new Promise<void>((resolve) => gates.push(resolve))
        mounted.add(path)
        did.push('mount ends')
      },
      below: async () => [...mounted],
      unmount: async (path: string) => {
        mounted.delete(path)
        did.push('unmount')
      },
    },
  }
  const settings = { rootDir: '/k' }
  const common = { host, settings, tokens: { forget() {} } } as unknown as ConstructorParameters<typeof Volumes>[0]
  return {
    did,
    volumes: new Volumes(common),
    makeData: () => {
      hasData = true
    },
    /** Lets the oldest mount that waits go on. */
    goOn: () => gates.shift()?.(),
  }
}

test('volumes are unmounted after the mount that is under way, and nothing is left', async () => {
  const { volumes, did, makeData, goOn } = slowVolumes()
  makeData()
  const mounting = volumes.mount(pod, facts)
  await nextTurn()
  const unmounting = volumes.unmount('u')
  await nextTurn()
  expect(did).toEqual(['mount begins'])
  goOn()
  await Promise.all([mounting, unmounting])
  expect(did.slice(0, 4)).toEqual(['mount begins', 'mount ends', 'unmount', 'remove /k/pods/u/volumes'])
  // A pod of that uid begins anew: the mount is not taken for done.
  const again = volumes.mount(pod, facts)
  await nextTurn()
  expect(did.at(-1)).toBe('mount begins')
  goOn()
  expect([...(await again).keys()]).toEqual(['memory', 'host'])
})

test('a failed volume is reported when the others have ended, so that none is mounted twice at once', async () => {
  const { volumes, did, makeData, goOn } = slowVolumes()
  let failure = ''
  const first = volumes.mount(pod, facts).catch((error: Error) => {
    failure = error.message
  })
  await nextTurn()
  expect([failure, did]).toEqual(['', ['mount begins']])
  const retry = volumes.mount(pod, facts)
  await nextTurn()
  expect(did).toEqual(['mount begins'])
  makeData()
  goOn()
  await first
  expect(failure).toBe(
    'MountVolume.SetUp failed for volume "host" : hostPath type check failed: /data is not a directory',
  )
  await nextTurn()
  goOn()
  expect((await retry).size).toBe(2)
  expect(did).toEqual(['mount begins', 'mount ends', 'mount begins', 'mount ends'])
})
