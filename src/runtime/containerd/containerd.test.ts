import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from '../wait.ts'
import { writeCniConf } from './cni.ts'
import { containerdConfig } from './config.ts'
import { containerdPid, startContainerd, stopContainerd } from './containerd.ts'
import { egressRules } from './egress.ts'
import { removeEverything } from './remove.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-containerd-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the configuration is TOML with every path quoted', () => {
  const config = containerdConfig({
    root: '/r "1"',
    state: '/s',
    socket: '/c.sock',
    cniConf: '/cni',
    cniBin: '/bin',
    sandboxImage: 'pause:1',
    snapshotter: 'native',
    restrictOomScoreAdj: true,
  })
  expect(config).toContain('root = "/r \\"1\\""\n')
  expect(config).toContain('[plugins."io.containerd.grpc.v1.cri".containerd]\nsnapshotter = "native"\n')
  expect(config).toContain('restrict_oom_score_adj = true\n')
})

describe('the CNI configuration', () => {
  const options = { dir: join(folder, 'cni'), name: 'k8ts-a', bridge: 'k8ts-a0', podCidr: '10.244.0.0/24', mtu: 1400 }
  test('is written once, and again when it changes', () => {
    expect(writeCniConf(options)).toBe(true)
    expect(writeCniConf(options)).toBe(false)
    expect(writeCniConf({ ...options, podCidr: '10.245.0.0/24' })).toBe(true)
    const conf = JSON.parse(readFileSync(join(options.dir, '10-k8ts.conflist'), 'utf8'))
    expect(conf).toMatchObject({
      name: 'k8ts-a',
      plugins: [
        {
          type: 'bridge',
          bridge: 'k8ts-a0',
          mtu: 1400,
          ipam: { ranges: [[{ subnet: '10.245.0.0/24' }]], dataDir: `${options.dir}-ipam` },
        },
        { type: 'portmap' },
      ],
    })
  })
  test('a bridge name that Linux would refuse', () => {
    expect(() => writeCniConf({ ...options, bridge: 'a-name-that-is-too-long' })).toThrow('15 characters')
  })
})

test('the egress rules replace themselves in one transaction', () => {
  const rules = egressRules({ table: 't', podCidr: '10.1.0.0/16', bridge: 'b0' })
  expect(rules.split('\n').slice(0, 2)).toEqual(['table ip t', 'delete table ip t'])
  expect(rules).toContain('ip saddr 10.1.0.0/16 ip daddr != 10.1.0.0/16')
})

test('a place where nothing runs', async () => {
  const place = { root: join(folder, 'r'), state: join(folder, 's'), socket: join(folder, 'c.sock') }
  expect(containerdPid(place)).toBeUndefined()
  await stopContainerd(place)
  await removeEverything({ ...place, cniConf: join(folder, 'none'), log: join(folder, 'log'), purge: true })
  expect(existsSync(place.root)).toBe(false)
})

test('start reports missing CNI plugins before it starts anything', async () => {
  const place = { root: join(folder, 'r2'), state: join(folder, 's2'), socket: join(folder, 'c2.sock') }
  await expect(startContainerd({ ...place, cniConf: folder, cniBin: '', log: join(folder, 'log2') })).rejects.toThrow(
    'CNI plugins',
  )
  expect(existsSync(place.root)).toBe(false)
})

test('waiting ends with what it waited for, or with nothing', async () => {
  let calls = 0
  expect(await until(() => (++calls > 2 ? 'there' : undefined), 5000)).toBe('there')
  expect(await until(() => false, 0)).toBeUndefined()
})
