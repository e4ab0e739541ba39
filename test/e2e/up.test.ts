import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { eventually, home, k8ts, type Ran, run, scratch, traces } from './support.ts'

/** What a user sees of `k8ts up` and the commands around it; without containers, so that it runs anywhere. */
const folder = scratch('up')
const env = { HOME: join(folder.dir, 'home'), KUBECONFIG: '' }
mkdirSync(env.HOME)
const names: string[] = []
const dataOf = (name: string) => join(folder.dir, name)
const of = (name: string) => ['--name', name, '--data-dir', dataOf(name)]

function cluster(name: string) {
  names.push(name)
  const call = (command: string, ...args: string[]): Promise<Ran> => k8ts([command, ...of(name), ...args], { env })
  return {
    call,
    up: (...args: string[]) => call('up', '--runtime', 'simulated', '--timeout', '30', ...args),
    down: (...args: string[]) => call('down', ...args),
    pid: (process: string): number =>
      JSON.parse(readFileSync(join(dataOf(name), 'run', `${process}.json`), 'utf8')).pid,
  }
}

const write = (name: string, text: string): string => {
  const file = join(folder.dir, name)
  writeFileSync(file, text)
  return file
}
const note = write('note.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: note }\ndata: { text: here }\n')

/** `up` in the foreground; resolves when it says `until`. */
async function foreground(
  name: string,
  until: string,
): Promise<{ child: ChildProcess; ended: Promise<number | null> }> {
  names.push(name)
  const args = ['up', ...of(name), '--runtime', 'simulated', '--timeout', '30']
  const child = spawn(join(home, 'k8ts'), args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += chunk
    })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await eventually(`"${until}"`, async () => text.includes(until))
  return { child, ended }
}

afterAll(async () => {
  for (const name of new Set(names)) await k8ts(['down', '--purge', ...of(name)], { env })
  folder.remove()
})

describe('bad input: one clear line, exit code 1, nothing started', () => {
  const cases: { what: string; args: () => string[]; says: RegExp }[] = [
    { what: 'an unknown flag', args: () => ['--detatch'], says: /\(Did you mean --detach\?\)/ },
    { what: 'a missing manifest', args: () => ['nope.yaml'], says: /^k8ts: nope.yaml: no such file or folder$/m },
    {
      what: 'YAML that does not parse',
      args: () => [write('bad.yaml', 'apiVersion: v1\nkind: [\n')],
      says: /bad\.yaml:\d: /,
    },
    {
      what: 'an unknown kind',
      args: () => [write('kind.yaml', '---\napiVersion: v1\nkind: Pood\nmetadata: { name: x }\n')],
      says: /kind\.yaml:2: unknown kind: Pood in v1/,
    },
    { what: 'too few nodes', args: () => ['--nodes', '0'], says: /from 1 to 10000/ },
    { what: 'no time', args: () => ['--timeout', '0'], says: /such as 90s or 5m/ },
    { what: 'a wrong address', args: () => ['--listen', 'nonsense'], says: /Give an IP address/ },
    { what: 'an address of another machine', args: () => ['--listen', '203.0.113.9'], says: /has no such address/ },
    {
      what: 'a data folder that cannot be',
      args: () => ['--data-dir', '/proc/nope'],
      says: /\/proc\/nope cannot be made/,
    },
    { what: 'a file as data folder', args: () => ['--data-dir', note], says: /note\.yaml is no folder/ },
  ]
  test.each(cases)('$what', async ({ args, says }) => {
    const { code, stderr, stdout } = await cluster('up-bad').up(...args())
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(says)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(existsSync(dataOf('up-bad'))).toBe(false)
  })

  test('a data folder of another version, and of another cluster', async () => {
    const { up } = cluster('up-other')
    mkdirSync(dataOf('up-other'))
    const settings = join(dataOf('up-other'), 'cluster.json')
    writeFileSync(settings, JSON.stringify({ format: 99, name: 'up-other' }))
    expect((await up()).stderr).toMatch(/has format 99, this k8ts reads format 1/)
    writeFileSync(settings, JSON.stringify({ format: 1, name: 'somebody' }))
    expect((await up()).stderr).toMatch(/belongs to the cluster "somebody"/)
    writeFileSync(settings, '{')
    const { code, stderr } = await up()
    expect(code).toBe(1)
    expect(stderr).toMatch(/is not readable as JSON/)
  })

  test.skipIf(process.getuid?.() !== 0)('a full disk', async () => {
    const { call } = cluster('up-full')
    mkdirSync(dataOf('up-full'))
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', dataOf('up-full')])
    expect(mounted.status).toBe(0)
    try {
      const { code, stderr } = await call('up', '--runtime', 'simulated', '--timeout', '30')
      expect(code).toBe(1)
      expect(stderr).toMatch(/^k8ts: the disk of the data folder \S+ is full: \d+ MiB are left, 64 are needed$/m)
      expect(traces(dataOf('up-full')).filter((line) => !line.includes(' tmpfs '))).toEqual([])
    } finally {
      spawnSync('umount', [dataOf('up-full')])
    }
  })

  test.skipIf(process.getuid?.() !== 0)(
    'without root: simulated, and it says so; a folder of root: a clear error',
    async () => {
      const copy = join(folder.dir, 'copy')
      mkdirSync(copy)
      for (const part of ['k8ts', 'dist', 'package.json'])
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
      } finally {
        expect((await as('down', '--purge', '--name', 'up-nobody')).code).toBe(0)
      }
      expect(existsSync(join(nobody, '.local/share/k8ts/up-nobody'))).toBe(false)
    },
  )
})

describe('a cluster in the background', () => {
  const { call, up, down, pid } = cluster('up-life')
  let port = 0

  test('starts with three nodes; a port in use is passed over, aloud', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const taken = (server.address() as { port: number }).port
    const { code, stdout, stderr } = await up('--detach', '--nodes', '3', '--api-port', String(taken), note)
    server.close()
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(new RegExp(`port ${taken} is taken; the API server uses \\d+`))
    expect(stderr).toMatch(/3 nodes ready +\d+\.\d\d s/)
    expect(stdout).toContain('The cluster "up-life" is up')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for colour
    expect(stdout + stderr).not.toMatch(/\x1b/)
    port = JSON.parse((await call('status', '-o', 'json')).stdout)
      .server.split(':')
      .at(-1)
  })

  test('the kubeconfig is private, merged, and printed', async () => {
    const { kubeconfig } = JSON.parse((await call('kubeconfig', '-o', 'json')).stdout)
    expect((await call('kubeconfig')).stdout).toBe(`${kubeconfig}\n`)
    for (const file of [kubeconfig, join(env.HOME, '.kube/config')])
      expect((await run('stat', ['-c', '%a', file])).stdout).toBe('600\n')
    expect(readFileSync(join(env.HOME, '.kube/config'), 'utf8')).toContain('current-context: up-life')
  })

  test('is found by its name alone', async () => {
    expect((await k8ts(['status', '--name', 'up-life'], { env })).stdout).toContain('control-plane')
  })

  test('a second up says so, applies, exits with 0; another folder for the same name is refused', async () => {
    const again = await up('--detach', '-o', 'json', note)
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({
      wasRunning: true,
      objects: [{ object: 'configmap/note', result: 'unchanged' }],
    })
    const { code, stderr } = await k8ts(
      ['up', '--name', 'up-life', '--data-dir', dataOf('elsewhere'), '--runtime', 'simulated'],
      { env },
    )
    expect(code).toBe(1)
    expect(stderr).toContain('a cluster "up-life" runs with its data in')
    expect(existsSync(dataOf('elsewhere'))).toBe(false)
  })

  test('logs: of one component, the last lines, as JSON', async () => {
    const lines = (await call('logs', 'kubelet', '--tail', '2')).stdout.trim().split('\n')
    expect(lines.length).toBeLessThanOrEqual(2)
    expect((await call('logs', '--tail', '0')).stdout).toBe('')
    expect((await call('logs', '--tail', 'x')).code).toBe(1)
    expect((await call('logs', 'nope')).stderr).toContain('unknown component "nope"; known: ')
    const found = JSON.parse((await call('logs', 'control-plane', '-o', 'json')).stdout)
    expect(found).toMatchObject([{ process: 'control-plane' }])
  })

  test('up after kill -9 of the supervisor goes on, with all data', async () => {
    const orphan = pid('control-plane')
    process.kill(pid('supervisor'), 'SIGKILL')
    const status = await call('status')
    expect(status.code).toBe(3)
    expect(status.stdout).toContain(`control-plane (${orphan})`)
    const { code, stdout, stderr } = await up('--detach', '-o', 'json', note)
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout).objects).toEqual([{ object: 'configmap/note', result: 'unchanged' }])
    expect(pid('control-plane')).not.toBe(orphan)
    expect(traces(`--data-dir ${dataOf('up-life')}`)).toHaveLength(2)
  })

  test('down keeps the data, twice is no error, and up goes on where it was', async () => {
    expect((await down()).code).toBe(0)
    expect((await down()).code).toBe(0)
    expect((await call('status')).code).toBe(3)
    expect(readFileSync(join(env.HOME, '.kube/config'), 'utf8')).not.toContain('up-life')
    const { stdout } = await up('--detach', '--no-merge', '-o', 'json', note)
    expect(JSON.parse(stdout)).toMatchObject({
      server: `https://127.0.0.1:${port}`,
      objects: [{ result: 'unchanged' }],
    })
    expect(readFileSync(join(env.HOME, '.kube/config'), 'utf8')).not.toContain('up-life')
  })

  test('what does not roll out in time is named', async () => {
    const pod = write(
      'stuck.yaml',
      'apiVersion: v1\nkind: Pod\nmetadata: { name: stuck }\nspec:\n  nodeSelector: { no: such }\n  containers: [{ name: a, image: a }]\n',
    )
    const { code, stderr } = await up('--detach', '--timeout', '1', pod)
    expect(code).toBe(1)
    expect(stderr).toContain('k8ts: not rolled out within 1 s: pod/stuck: Pending')
    expect((await call('status')).code).toBe(0)
  })

  test('down --purge deletes its own files only, after kill -9 of everything, too', async () => {
    writeFileSync(join(dataOf('up-life'), 'mine.txt'), 'keep me')
    for (const process_ of ['supervisor', 'control-plane']) process.kill(pid(process_), 'SIGKILL')
    const { code, stdout } = await down('--purge', '-o', 'json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ existed: true, purged: true })
    expect((await run('ls', ['-A', dataOf('up-life')])).stdout).toBe('mine.txt\n')
    expect(traces(`${dataOf('up-life')} `)).toEqual([])
  })
})

describe('in the foreground', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops it cleanly', async (signal) => {
    const { child, ended } = await foreground('up-front', 'Ctrl-C stops it.')
    child.kill(signal)
    expect(await ended).toBe(0)
    expect(traces(dataOf('up-front'))).toEqual([])
  })

  test('SIGINT during the start leaves nothing', async () => {
    const { child, ended } = await foreground('up-early', 'certificates, settings')
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(traces(dataOf('up-early'))).toEqual([])
    expect(existsSync(dataOf('up-early'))).toBe(false)
  })

  test('two at once: one starts it, the other says so', async () => {
    const { up, down } = cluster('up-twice')
    const both = await Promise.all([up('--detach'), up('--detach')])
    const messages = both.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)
    expect(both.some(({ code }) => code === 0)).toBe(true)
    for (const message of messages) expect(message).toContain('another `k8ts up` is starting the cluster')
    await down('--purge')
  })
})
