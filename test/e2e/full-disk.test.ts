import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigMaps, Nodes } from '../../src/api/core/v1/index.ts'
import { ApiError } from '../../src/api/errors.ts'
import { httpClient } from '../../src/client/node/http.ts'
import { badWorld, isRoot } from './bad-input/world.ts'
import { eventually, k8ts, noContainers, traces } from './support.ts'

/** A disk that fills up. */
const name = 'full-disk'
const { folder, env, dataDir, of, up, call, down, write, note, nothingLeft } = badWorld(name)

describe.skipIf(!isRoot)('a disk that fills up while the cluster runs', () => {
  const filler = join(dataDir, 'filler')
  /** Until nothing more fits. */
  const fill = () => spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k', 'oflag=append', 'conv=notrunc'])
  const text = 'x'.repeat(20_000)

  test('reads go on, writes are refused, nothing acknowledged is lost, and all is well when there is room again', async () => {
    mkdirSync(dataDir)
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'none', dataDir]).status).toBe(0)
    const pidOf = (process: string): number =>
      JSON.parse(readFileSync(join(dataDir, 'run', `${process}.json`), 'utf8')).pid
    let client: ReturnType<typeof httpClient> | undefined
    try {
      const started = await up('--detach', '--no-merge', '-o', 'json')
      expect(started.code, started.stderr).toBe(0)
      const pki = (file: string) => readFileSync(join(dataDir, 'pki', file), 'utf8')
      const { server } = JSON.parse(started.stdout)
      const api = httpClient({ server, ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key') })
      client = api
      const acknowledged: string[] = []
      const create = async (id: string) => {
        await api.create(ConfigMaps, { metadata: { name: id, namespace: 'default' }, data: { text } })
        acknowledged.push(id)
      }
      const names = async () => (await api.list(ConfigMaps, { namespace: 'default' })).items.map((o) => o.metadata.name)
      await create('before')

      fill()
      const refusal = await (async () => {
        for (let i = 0; i < 100; i++) await create(`filling-${i}`)
      })().catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(ApiError)
      expect((refusal as ApiError).status).toMatchObject({
        kind: 'Status',
        code: 500,
        message: expect.stringMatching(/^the disk of the data folder \S+ is full: the write has not been made/),
      })
      // What logs the refusals finds no room for its lines either.
      for (let i = 0; i < 30; i++) await expect(create(`no-${i}`)).rejects.toThrow('is full')
      expect(await names()).toEqual(expect.arrayContaining(acknowledged))
      expect((await names()).filter((id) => id.startsWith('no-'))).toEqual([])

      // It starts anew on the full disk, once.
      const supervisor = pidOf('supervisor')
      process.kill(pidOf('control-plane'), 'SIGKILL')
      await eventually('reads after a restart', async () => (await names()).length > 0)
      expect(await names()).toEqual(expect.arrayContaining(acknowledged))
      for (let i = 0; i < 30; i++) await expect(create(`no-${i}`)).rejects.toThrow('is full')
      expect(pidOf('supervisor')).toBe(supervisor)
      expect(readFileSync(join(dataDir, 'run', 'control-plane.ends'), 'utf8')).toBe('1')
      expect((await call('status')).code).toBe(0)

      rmSync(filler)
      await create('after')
      await eventually('a node that is ready', async () =>
        (await api.list(Nodes)).items.every((node) =>
          node.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
        ),
      )
      expect(await names()).toEqual(expect.arrayContaining(acknowledged))
      expect((await up('--detach', '--no-merge', note)).code).toBe(0)
      expect(readFileSync(join(dataDir, 'run', 'control-plane.ends'), 'utf8')).toBe('1')

      // Down works on a full disk, too.
      fill()
      expect((await call('down')).code).toBe(0)
      expect(traces(name).filter((line) => !line.includes(' tmpfs '))).toEqual([])
    } finally {
      client?.close()
      await down()
      spawnSync('umount', [dataDir])
      rmSync(dataDir, { recursive: true, force: true })
    }
    nothingLeft()
  })
})

test.skipIf(noContainers)('no room for what a container logs: it runs on, and logs again when there is', async () => {
  mkdirSync(dataDir)
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300m', 'none', dataDir]).status).toBe(0)
  const filler = join(dataDir, 'filler')
  const counter = join(folder.dir, 'counter', 'n')
  write('counter/n', '0')
  try {
    expect((await k8ts(['up', ...of, '--runtime', 'containerd', '--detach', '--no-merge'], { env })).code).toBe(0)
    const packed = await k8ts(['image', 'pack', 'logger:1', '--bin', '/bin/sh', '--bin', '/bin/sleep', ...of], { env })
    expect(packed.code, packed.stderr).toBe(0)
    const script = 'i=0; while true; do i=$((i+1)); echo "line $i"; echo $i >/counter/n; sleep 0.05; done'
    const container = {
      name: 'c',
      image: 'logger:1',
      command: ['/bin/sh', '-c', script],
      volumeMounts: [{ name: 'counter', mountPath: '/counter' }],
    }
    const logger = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'logger' },
      spec: { containers: [container], volumes: [{ name: 'counter', hostPath: { path: join(counter, '..') } }] },
    }
    const applied = await k8ts(['up', ...of, '--detach', '--no-merge', write('logger.json', JSON.stringify(logger))], {
      env,
    })
    expect(applied.code, applied.stderr).toBe(0)

    // Empty while it is being written.
    const written = (): number => Number(readFileSync(counter, 'utf8')) || written()
    const logged = (): number => {
      const logs = join(dataDir, 'pods-logs')
      const file = readdirSync(logs, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('0.log'))
      const text = file ? readFileSync(join(logs, file), 'utf8') : ''
      return Number([...text.matchAll(/line (\d+)\n/g)].at(-1)?.[1] ?? 0)
    }
    const before = await eventually('a log', async () => logged() || undefined)
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'])
    const full = written()
    await eventually('the container going on', async () => written() > full + 40)
    expect(logged()).toBeGreaterThanOrEqual(before)
    rmSync(filler)
    const roomAgain = written()
    await eventually('new lines in the log', async () => logged() > roomAgain)
    // It has been the same container all the time, which has counted on.
    expect(written()).toBeGreaterThan(full + 40)
    expect((await call('status')).code).toBe(0)
  } finally {
    await down()
    spawnSync('umount', [dataDir])
    rmSync(dataDir, { recursive: true, force: true })
  }
  nothingLeft()
})
