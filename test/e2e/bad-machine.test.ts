import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { badWorld, configMap, isRoot } from './bad-input/world.ts'
import { eventually, home, k8ts, noContainers, run, traces } from './support.ts'

/** What data folders, machines, signals and other users do. */
const name = 'bad-input'
const { folder, env, dataDir, of, up, call, down, write, note, nothingLeft, failed } = badWorld(name)

describe('data folders', () => {
  test('of another version, of another cluster, damaged', async () => {
    const settings = join(dataDir, 'cluster.json')
    const cases: [text: string, says: RegExp][] = [
      ['{"format":99}', /has format 99, this k8ts reads format 1; use the k8ts that made it, or another --data-dir$/],
      ['null', /has format undefined, this k8ts reads format 1/],
      ['{"format":1,"name":"somebody"}', /belongs to the cluster "somebody", not to "bad-input"; give --name somebody/],
      ['{', /cluster\.json is not readable as JSON \(.*\); restore it or remove the data folder$/],
    ]
    for (const [text, says] of cases) {
      write(`${name}/cluster.json`, text)
      failed(await up(), says)
      expect(readFileSync(settings, 'utf8')).toBe(text)
    }
    rmSync(settings)
    mkdirSync(join(dataDir, 'store'))
    failed(await up(), /holds a store but no cluster\.json; restore that file or choose another --data-dir$/)
    rmSync(dataDir, { recursive: true })
    nothingLeft()
  })

  test('a store of another cluster: refused, and left as it is', async () => {
    expect((await up('--detach')).code).toBe(0)
    expect((await call('down')).code).toBe(0)
    rmSync(join(dataDir, 'store'), { recursive: true })
    write(`${name}/store/store.mdb`, 'this is no database, whatever its name says')
    failed(await up('--detach'), /the control-plane does not start; its last words: .*store\.mdb is no LMDB file$/)
    expect(existsSync(join(dataDir, 'store', 'store.mdb'))).toBe(true)
    expect(traces(name)).toEqual([])
    expect((await down()).code).toBe(0)
    nothingLeft()
  })

  test.skipIf(!isRoot)('on a file system that cannot be written', async () => {
    mkdirSync(dataDir)
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', dataDir]).status).toBe(0)
    try {
      failed(await up(), /the data folder .* is on a file system that cannot be written \(EROFS\)$/)
    } finally {
      spawnSync('umount', [dataDir])
    }
    rmSync(dataDir, { recursive: true })
    nothingLeft()
  })

  test.skipIf(!isRoot)('on a disk that is full', async () => {
    mkdirSync(dataDir)
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', dataDir]).status).toBe(0)
    try {
      failed(await up(), /the disk of the data folder \S+ is full: \d+ MiB are left, 64 are needed$/)
      expect(readdirSync(dataDir)).toEqual([])
    } finally {
      spawnSync('umount', [dataDir])
    }
    rmSync(dataDir, { recursive: true })
    nothingLeft()
  })
})

describe('the machine', () => {
  /** A PATH with what ./k8ts itself needs, and nothing else. */
  const barePath = () => {
    const bin = join(folder.dir, 'bin')
    mkdirSync(bin, { recursive: true })
    for (const program of ['sh', 'dirname', 'readlink', 'find', 'head', 'cat', 'mkdir', 'rm', 'sleep'])
      if (!existsSync(join(bin, program))) symlinkSync(join('/usr/bin', program), join(bin, program))
    return bin
  }

  test.skipIf(!isRoot)('no containerd and no apt: what is missing, and how to get it', async () => {
    const args = ['up', ...of, '--runtime', 'containerd']
    const refused = await k8ts(args, { env: { ...env, PATH: barePath() } })
    failed(
      refused,
      /missing on this machine: containerd, .*\. Debian\/Ubuntu: apt-get install containerd .*or use --runtime simulated$/,
    )
    nothingLeft()
  })

  test.skipIf(noContainers)('--nodes with containers', async () => {
    failed(
      await k8ts(['up', ...of, '--runtime', 'containerd', '--nodes', '3'], { env }),
      /--nodes is for simulated nodes/,
    )
    nothingLeft()
  })

  test('no free port', async () => {
    const server = createServer()
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(65535, '127.0.0.1', resolve))
    try {
      failed(await up('--api-port', '65535'), /no free port from 65535 on$/)
    } finally {
      server.close()
    }
    nothingLeft()
  })

  test('HOME is empty or not set', async () => {
    for (const HOME of ['', undefined]) {
      const { code, stderr } = await k8ts(['status', ...of], { env: { ...env, HOME } })
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no cluster') })
      const started = await k8ts(['up', ...of, '--runtime', 'simulated', '--detach', '--no-merge'], {
        env: { ...env, HOME },
      })
      expect(started.code, started.stderr).toBe(0)
      expect((await k8ts(['down', '--purge', ...of], { env: { ...env, HOME } })).code).toBe(0)
    }
    nothingLeft()
    expect(existsSync(join(home, '.kube'))).toBe(false)
  })

  test('a kubeconfig that cannot be changed: before anything is started', async () => {
    const cases: [text: string | undefined, says: RegExp][] = [
      [
        'a: [',
        /config is not valid YAML: .*; it was left as it is; give --no-merge, or set KUBECONFIG to another file$/,
      ],
      ['- a', /config is not a kubeconfig; it was left as it is; give --no-merge/],
      ['clusters: 5', /config is not a kubeconfig; it was left as it is/],
      [undefined, /config cannot be read \(EISDIR\); give --no-merge/],
    ]
    for (const [text, says] of cases) {
      const KUBECONFIG = join(folder.dir, 'config')
      if (text === undefined) mkdirSync(KUBECONFIG)
      else writeFileSync(KUBECONFIG, text)
      failed(await k8ts(['up', ...of, '--runtime', 'simulated'], { env: { ...env, KUBECONFIG } }), says)
      if (text !== undefined) expect(readFileSync(KUBECONFIG, 'utf8')).toBe(text)
      rmSync(KUBECONFIG, { recursive: true })
      nothingLeft()
    }
  })

  test('down does its work before it complains of the kubeconfig', async () => {
    expect((await up('--detach')).code).toBe(0)
    const KUBECONFIG = write('broken-config', 'a: [')
    failed(await k8ts(['down', '--purge', ...of], { env: { ...env, KUBECONFIG } }), /broken-config is not valid YAML/)
    expect(traces(name)).toEqual([])
    expect(existsSync(dataDir)).toBe(false)
    rmSync(join(env.HOME, '.kube'), { recursive: true })
  })
})

describe('a cluster that is there', () => {
  test('up reports settings that cannot change, or only at the next start; refuses down by another user', async () => {
    const first = await up('--detach', '--pod-cidr', '10.77.0.0/16')
    expect(first.code, first.stderr).toBe(0)
    failed(
      await up('--pod-cidr', '10.78.0.0/16'),
      /--pod-cidr is 10\.77\.0\.0\/16 in .* and cannot change; remove the cluster first: k8ts down --purge --name bad-input$/,
    )
    failed(
      await k8ts(['up', ...of, '--runtime', 'containerd'], { env }),
      /--runtime is simulated in .* and cannot change/,
    )
    const again = await up('--detach', '--nodes', '5', '--listen', '0.0.0.0', note)
    expect(again.code).toBe(0)
    expect(again.stderr).toContain('is running already')
    expect(again.stderr).toContain(
      '--nodes stays 1 while it runs; to change it: k8ts down --name bad-input, then up again',
    )
    expect(again.stderr).toContain('--listen stays 127.0.0.1 while it runs')
    // A manifest that is refused does not take a running cluster down.
    failed(
      await up('--detach', write('a.yaml', configMap('{name: a, namespace: nope}'))),
      /namespaces "nope" not found$/,
    )
    failed(await call('image', 'list'), /unknown option|simulates its containers/)
    failed(await k8ts(['image', 'list', ...of], { env }), /simulates its containers: it needs no images$/)
    expect((await call('status')).code).toBe(0)
    expect((await down()).code).toBe(0)
    nothingLeft()
  })
})

describe('interrupted', () => {
  const start = (...args: string[]) => startOf('simulated', ...args)
  const startOf = (runtime: string, ...args: string[]) => {
    const child = spawn(join(home, 'k8ts'), ['up', ...of, '--runtime', runtime, '--timeout', '60', ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    return { child, ended, says: (what: string) => eventually(`"${what}"`, async () => text.includes(what)) }
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s during a start in the background leaves nothing',
    async (signal) => {
      const { child, ended, says } = start('--detach')
      await says('certificates, settings')
      child.kill(signal)
      expect(await ended).toBe(130)
      nothingLeft()
    },
  )

  test.each([
    ['in the foreground', []],
    ['in the background', ['--detach']],
  ])('kill -9 of up %s at several moments: up goes on, down --purge leaves nothing', async (_, more) => {
    for (const moment of ['certificates, settings', 'control plane ready', 'node ready']) {
      const { child, ended, says } = start(...more)
      await says(moment)
      child.kill('SIGKILL')
      await ended
      const { code, stderr } = await up('--detach', note)
      expect(code, stderr).toBe(0)
      expect((await down()).code).toBe(0)
      nothingLeft()
    }
    const { child, ended, says } = start(...more)
    await says('control plane ready')
    child.kill('SIGKILL')
    await ended
    expect((await down()).code).toBe(0)
    nothingLeft()
  })

  test.skipIf(noContainers)('with containers: no mount, interface, table or containerd is left either', async () => {
    // What containers need is installed by a first start.
    expect((await k8ts(['up', ...of, '--runtime', 'containerd', '--detach'], { env })).code).toBe(0)
    expect((await down()).code).toBe(0)
    nothingLeft()
    for (const [moment, signal] of [
      ['certificates, settings', 'SIGKILL'],
      ['control plane ready', 'SIGKILL'],
      ['node ready', 'SIGKILL'],
      ['control plane ready', 'SIGINT'],
    ] as const) {
      const { child, ended, says } = startOf('containerd', '--detach')
      await says(moment)
      child.kill(signal)
      const code = await ended
      // At its last word it may have ended by itself already.
      if (signal === 'SIGINT') expect(code).toBe(130)
      else expect((await down()).code).toBe(0)
      nothingLeft()
    }
  })
})

describe('other users', () => {
  test.skipIf(!isRoot)('without root: simulated, and it says so; a folder of root: a clear error', async () => {
    const copy = join(folder.dir, 'copy')
    mkdirSync(copy)
    for (const part of ['k8ts', 'dist', 'runtime', 'package.json'])
      cpSync(join(home, part), join(copy, part), { recursive: true })
    symlinkSync(join(home, 'node_modules'), join(copy, 'node_modules'))
    const nobody = join(folder.dir, 'nobody')
    mkdirSync(nobody)
    for (const dir of [folder.dir, copy]) chmodSync(dir, 0o755)
    spawnSync('chown', ['65534:65534', nobody])
    const readable = spawnSync('setpriv', [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      'test',
      '-r',
      join(copy, 'node_modules/lmdb/package.json'),
    ])
    if (readable.status !== 0) return console.warn('without root: skipped, the checkout is not readable for others')
    const as = (...args: string[]) =>
      run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', join(copy, 'k8ts'), ...args], {
        env: { HOME: nobody, KUBECONFIG: '' },
      })
    try {
      const started = await as('up', '--detach', '--name', 'up-nobody', '--timeout', '30', note)
      expect(started.stderr).toContain('you are not root: containers are simulated')
      expect(started.code, started.stderr).toBe(0)
      expect(existsSync(join(nobody, '.local/share/k8ts/up-nobody/cluster.json'))).toBe(true)
      const refused = await as('up', '--name', 'up-no', '--data-dir', '/var/lib/up-no')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(/k8ts: the data folder \/var\/lib\/up-no may not be written by this user/)
      expect((await as('up', '--name', 'up-no', '--runtime', 'containerd')).stderr).toMatch(
        /not possible: you are not root/,
      )
      // A cluster of root is there to be seen, not to be changed.
      expect((await up('--detach', '--no-merge')).code).toBe(0)
      expect((await as('status', ...of)).code).toBe(0)
      failed(
        await as('down', '--purge', ...of),
        /process \d+ belongs to another user; do this as that user, or as root$/,
      )
      failed(await as('up', '--no-merge', ...of, note), /admin\.\S+ may not be read by this user|EACCES/)
      expect((await call('status')).code).toBe(0)
    } finally {
      await down()
      expect((await as('down', '--purge', '--name', 'up-nobody')).code).toBe(0)
    }
    expect(existsSync(join(nobody, '.local/share/k8ts/up-nobody'))).toBe(false)
  })
})
