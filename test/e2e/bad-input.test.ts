import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigMaps, Nodes } from '../../src/api/core/v1/index.ts'
import { ApiError } from '../../src/api/errors.ts'
import { httpClient } from '../../src/client/node/http.ts'
import { eventually, home, k8ts, noContainers, type Ran, run, scratch, traces } from './support.ts'

/** What users get wrong, and what disks and other users do: one clear line, an exit code, and nothing left behind. */
const folder = scratch('bad')
const env = { HOME: join(folder.dir, 'home'), KUBECONFIG: '' }
mkdirSync(env.HOME)
const isRoot = process.getuid?.() === 0
const name = 'bad-input'
const dataDir = join(folder.dir, name)
const of = ['--name', name, '--data-dir', dataDir]
const up = (...args: string[]) => k8ts(['up', ...of, '--runtime', 'simulated', '--timeout', '30', ...args], { env })
const call = (command: string, ...args: string[]) => k8ts([command, ...of, ...args], { env })
const down = () => call('down', '--purge')

function write(file: string, text: string | Buffer): string {
  const path = join(folder.dir, file)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}
const note = write('note.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: note }\ndata: { text: here }\n')

const linkOf = (cluster: string) =>
  isRoot ? join('/var/lib/k8ts', cluster) : join(env.HOME, '.local/share/k8ts', cluster)

/** Of the cluster of this file: no process, interface, table, mount, data, link or context. */
function nothingLeft(): void {
  expect(traces(name)).toEqual([])
  expect(existsSync(dataDir)).toBe(false)
  expect(lstatSync(linkOf(name), { throwIfNoEntry: false })).toBeUndefined()
  const kubeconfig = join(env.HOME, '.kube/config')
  if (existsSync(kubeconfig)) expect(readFileSync(kubeconfig, 'utf8')).not.toContain(name)
}

/** It failed with one line, which says this. Before it there may be what had been done until then. */
function failed({ code, stdout, stderr }: Ran, says: RegExp | string): void {
  const lines = stderr.trim().split('\n')
  expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' })
  expect(lines.filter((line) => line.startsWith('k8ts: ') || /^\s+at /.test(line))).toEqual([lines.at(-1)])
  expect(lines.at(-1)).toMatch(says)
}

afterAll(async () => {
  await down()
  folder.remove()
})

describe('flags', () => {
  test.each([
    ['--detatch', "unknown option '--detatch' (Did you mean --detach?)"],
    ['--api-prot=1', "unknown option '--api-prot=1' (Did you mean --api-port?)"],
    ['--nodes=0', "option '--nodes <n>' argument '0' is invalid. Give a whole number from 1 to 10000."],
    ['--nodes=-1', "argument '-1' is invalid. Give a whole number from 1 to 10000."],
    ['--nodes=abc', "argument 'abc' is invalid. Give a whole number"],
    ['--nodes', "option '--nodes <n>' argument missing"],
    ['--timeout=0', 'Give seconds, or a duration such as 90s or 5m.'],
    ['--timeout=x', "option '--timeout <duration>' argument 'x' is invalid. Give seconds"],
    ['--api-port=0', "option '--api-port <port>' argument '0' is invalid. Give a whole number from 1 to 65535."],
    ['--api-port=70000', 'Give a whole number from 1 to 65535.'],
    ['--runtime=foo', "argument 'foo' is invalid. Allowed choices are auto, containerd, simulated."],
    ['--listen=nonsense', 'Give an IP address of this machine'],
    ['--listen=203.0.113.9', '--listen 203.0.113.9: this machine has no such address'],
    ['--pod-cidr=nonsense', "argument 'nonsense' is invalid. Give an IPv4 range from /8 to /24"],
    ['--pod-cidr=10.0.0.0/25', 'Give an IPv4 range from /8 to /24'],
    ['--pod-cidr=10.244.3.0/16', 'Give the range by its first address: 10.244.0.0/16.'],
    ['--service-cidr=fd00::/64', 'Give an IPv4 range from /8 to /24'],
    ['--pod-cidr=10.96.0.0/16 --service-cidr=10.96.0.0/12', 'overlap; choose separate ranges'],
    ['--name=Bad_Name', "--name Bad_Name: use up to 40 lower-case letters, digits and '-'"],
    ['--name=', '--name : use up to 40 lower-case letters'],
    ['--data-dir=', '--data-dir is empty: give a folder, or leave it out'],
    ['--data-dir=/proc/nope', '/proc/nope cannot be made'],
    ['-o yaml', "argument 'yaml' is invalid. Allowed choices are text, json."],
  ])('up %s', async (args, says) => {
    failed(await up(...args.split(' ')), says)
    nothingLeft()
  })

  test('a file as data folder', async () => {
    failed(await up('--data-dir', note), /note\.yaml is no folder/)
    expect(lstatSync(linkOf(name), { throwIfNoEntry: false })).toBeUndefined()
  })

  test('-o json: the error on standard output, too', async () => {
    const { code, stdout, stderr } = await up('-o', 'json', '--nodes', '0')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({ error: stderr.trim().replace(/^k8ts: /, ''), exitCode: 1 })
    const none = await k8ts(['status', '--name', 'bad-none', '--output=json'], { env })
    expect(JSON.parse(none.stdout)).toMatchObject({ error: expect.stringContaining('no cluster "bad-none"') })
  })

  test.each(['', 'up', 'down', 'status', 'logs', 'kubeconfig', 'image pack'])(
    '%s --help tells exit codes',
    async (of) => {
      const { code, stdout } = await k8ts([...of.split(' ').filter(Boolean), '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(/Exit codes:\n +0 /)
    },
  )

  test.each([
    ['nonsense', "unknown command 'nonsense'"],
    ['stauts', "unknown command 'stauts' (Did you mean status?)"],
    ['image pac', "unknown command 'pac' (Did you mean pack?)"],
    ['logs --tail x', "option '--tail <lines>' argument 'x' is invalid"],
    ['image pack', "missing required argument 'name:tag'"],
    ['image pack a:1', 'give the image something to hold: --rootfs DIR, --app DIR or --bin PROGRAM'],
    ['image pack A:1 --bin /bin/sh --file /tmp/x.tar', 'invalid image name "A:1": the repository must be lower case'],
    ['image pack a:1 --bin /nope --file /tmp/x.tar', 'image a:1: program /nope not found'],
    ['image pack a:1 --rootfs /nope', '--rootfs: there is no folder /nope'],
    ['image pack a:1 --app /etc/passwd', '--app: there is no folder /etc/passwd'],
    ['image pack a:1 --bin /bin/sh --file /nope/x.tar', '--file: there is no folder /nope'],
    ['image pack a:1 --bin /bin/sh --port x', "argument 'x' is invalid. Give a port from 1 to 65535"],
    ['image pack a:1 --bin /bin/sh --env x', "argument 'x' is invalid. Give NAME=value."],
    ['image pack a:1 --bin /bin/sh --entrypoint [1]', 'Give words, or a JSON list'],
  ])('%s', async (args, says) => {
    failed(await k8ts(args.split(' '), { env }), says)
  })

  test.each(['status', 'logs', 'kubeconfig', 'image list', 'image load x.tar', 'image pack a:1 --bin /bin/sh'])(
    '%s of a cluster that is not there',
    async (command) => {
      failed(
        await k8ts([...command.split(' '), '--name', 'bad-none'], { env }),
        /there is no cluster "bad-none" \(no .*bad-none\); start one with: k8ts up --name bad-none$/,
      )
    },
  )

  test('down of a cluster that is not there is no error', async () => {
    const { code, stderr } = await k8ts(['down', '--purge', '--name', 'bad-none'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'there is no cluster "bad-none"\n' })
  })
})

const configMap = (metadata: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: ${metadata}\n`
const pod = (spec: string) => `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n${spec}`

describe('manifests', () => {
  const cases: [what: string, file: string, text: string | Buffer, says: RegExp][] = [
    [
      'an unknown kind',
      'a.yaml',
      `---\n${configMap('{}').replace('ConfigMap', 'Pood')}`,
      /a\.yaml:2: unknown kind: Pood in v1$/,
    ],
    ['no apiVersion', 'a.yaml', 'kind: Pod\n', /a\.yaml:1: apiVersion is missing$/],
    [
      'a number as apiVersion',
      'a.yaml',
      'kind: Pod\napiVersion: 1\n',
      /a\.yaml:2: apiVersion must be a text, not a number$/,
    ],
    ['no name', 'a.yaml', configMap('{}'), /a\.yaml:1: metadata\.name is missing in this ConfigMap$/],
    ['a list as name', 'a.yaml', configMap('\n  name: [a]'), /a\.yaml:4: metadata\.name must be a text, not a list$/],
    [
      'a number as namespace',
      'a.yaml',
      configMap('{name: a, namespace: 7}'),
      /a\.yaml:3: .* must be a text, not a number: write "7"$/,
    ],
    [
      'a List without a list',
      'a.yaml',
      'apiVersion: v1\nkind: List\nitems: 3\n',
      /a\.yaml:3: items must be a list, not a number$/,
    ],
    [
      'an item of a List',
      'a.yaml',
      'apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n',
      /a\.yaml:4: apiVersion is missing$/,
    ],
    ['a text', 'a.yaml', 'hello', /a\.yaml:1: not a Kubernetes object \(a mapping with apiVersion and kind\)$/],
    ['YAML that does not parse', 'a.yaml', 'apiVersion: v1\nkind: [\n', /a\.yaml:3: Flow sequence/],
    [
      'duplicate keys',
      'a.yaml',
      `${configMap('{name: a}')}data: {}\ndata: {}\n`,
      /a\.yaml:5: Map keys must be unique$/,
    ],
    ['a tab', 'a.yaml', 'apiVersion: v1\nmetadata:\n\tname: a\n', /a\.yaml:3: Tabs are not allowed as indentation$/],
    [
      'an error in the third document',
      'a.yaml',
      [1, 2, 3].map((n) => configMap(`{name: ${n === 3 ? n : `"${n}"`}}`)).join('---\n'),
      /a\.yaml:11: metadata\.name must be a text, not a number: write "3"$/,
    ],
    ['an alias without an anchor', 'a.yaml', configMap('{name: *a}'), /a\.yaml:1: Unresolved alias/],
    [
      'aliases that grow without end',
      'a.yaml',
      [
        'a: &a [x,x,x,x,x,x,x,x,x]',
        ...[...'bcdefghi'].map((at, i) => `${at}: &${at} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`),
      ].join('\n'),
      /a\.yaml:1: Excessive alias count/,
    ],
    [
      'an alias in itself',
      'a.yaml',
      `${configMap('{name: a}')}data: &d { a: *d }\n`,
      /a\.yaml:1: an alias leads into itself$/,
    ],
    ['an empty file', 'a.yaml', '', /a\.yaml: there is no object in it$/],
    ['only a comment', 'a.yaml', '# nothing\n---\n', /a\.yaml: there is no object in it$/],
    ['a binary file', 'a.yaml', Buffer.from([127, 69, 76, 70, 0, 1, 2, 255]), /a\.yaml: it is no text in UTF-8$/],
    ['another encoding', 'a.yaml', Buffer.from(configMap('{name: ä}'), 'latin1'), /a\.yaml: it is no text in UTF-8$/],
    [
      'JSON that does not parse',
      'a.json',
      '{"apiVersion":"v1",\n"kind":"ConfigMap"\n',
      /a\.json:3: Flow map must end with a \}$/,
    ],
    [
      'an unknown field',
      'a.yaml',
      pod('  containers:\n  - name: a\n    imag: a\n'),
      /a\.yaml:7: pod\/a: unknown field "spec\.containers\[0\]\.imag"$/,
    ],
    [
      'a field of another type',
      'a.yaml',
      pod('  containers: 5\n'),
      /a\.yaml:5: pod\/a: spec\.containers must be a list, not a number$/,
    ],
    [
      'no quantity',
      'a.yaml',
      pod('  containers: [{name: a, resources: {limits: {cpu: x}}}]\n'),
      /a\.yaml:1: pod\/a: quantities must match the regular expression/,
    ],
    ['a project of another form', 'p/k8ts.yaml', '- a\n', /k8ts\.yaml: it must be a mapping with the list images$/],
    ['an unknown field of a project', 'p/k8ts.yaml', 'image: []\n', /k8ts\.yaml: unknown field image; known: images$/],
    ['a project that does not parse', 'p/k8ts.yaml', 'images:\n- name: [\n', /k8ts\.yaml:3: Flow sequence/],
    [
      'an image without contents',
      'p/k8ts.yaml',
      'images: [{name: "a:1"}]\n',
      /images\[0\]: give the image something to hold: rootfs, app or bin$/,
    ],
    [
      'an image with a bad name',
      'p/k8ts.yaml',
      'images: [{name: "A B", app: .}]\n',
      /images\[0\]\.name: invalid image name "A B"/,
    ],
    [
      'an image of a missing folder',
      'p/k8ts.yaml',
      'images: [{name: "a:1", app: nope}]\n',
      /images\[0\]\.app: .*\/nope is no folder$/,
    ],
    [
      'a wrong variable of an image',
      'p/k8ts.yaml',
      'images: [{name: "a:1", app: ., env: [x]}]\n',
      /images\[0\]\.env must be a list of NAME=VALUE$/,
    ],
  ]
  test.each(cases)('%s', async (_, file, text, says) => {
    const path = write(file, text)
    if (file.startsWith('p/')) write('p/a.yaml', configMap('{name: a}'))
    failed(await up(file.startsWith('p/') ? join(folder.dir, 'p') : path), says)
    nothingLeft()
  })

  test('files that are not there, are links in a circle, too long, or folders without manifests', async () => {
    failed(await up('nope.yaml'), /^k8ts: nope\.yaml: no such file or folder$/)
    const link = join(folder.dir, 'loop.yaml')
    symlinkSync('loop.yaml', link)
    failed(await up(link), /loop\.yaml: a link that leads to itself$/)
    rmSync(link)
    symlinkSync('nothing', link)
    failed(await up(link), /loop\.yaml: the link leads to nothing$/)
    rmSync(link)
    const long = join(folder.dir, 'long.yaml')
    spawnSync('truncate', ['-s', '65M', long])
    failed(await up(long), /long\.yaml: it has 65 MiB; at most 64 are read$/)
    rmSync(long)
    write('none/dir.yaml/readme.txt', 'nothing')
    failed(await up(join(folder.dir, 'none')), /none: the folder holds no \.yaml, \.yml or \.json file$/)
    nothingLeft()
  })

  test.each([
    [
      'what only the server knows is wrong',
      pod('  containers: [{name: A_B, image: a}]\n'),
      /a\.yaml:1: Pod "a" is invalid: spec\.containers\[0\]\.name: Invalid value: "A_B": /,
    ],
    [
      'a namespace that is not there',
      configMap('{name: a, namespace: nope}'),
      /a\.yaml:1: namespaces "nope" not found$/,
    ],
    [
      'an object that is too large',
      `${configMap('{name: a}')}data: {a: "${'x'.repeat(4 << 20)}"}\n`,
      /a\.yaml:1: Request entity too large: limit is 3145728$/,
    ],
  ])('%s: a new cluster is gone again', async (_, text, says) => {
    failed(await up('--detach', write('a.yaml', text)), says)
    nothingLeft()
  })

  test('JSON, byte order marks and trailing empty documents are fine', async () => {
    write('good/a.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}')
    write('good/b.yaml', `\ufeff${configMap('{name: b}')}---\n`)
    const { code, stdout, stderr } = await up('--detach', '-o', 'json', join(folder.dir, 'good'))
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout).objects).toHaveLength(2)
    expect((await down()).code).toBe(0)
    nothingLeft()
  })
})

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
  test('what cannot change, or only at its next start, is said; down by another user is refused', async () => {
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
    for (const part of ['k8ts', 'dist', 'package.json']) cpSync(join(home, part), join(copy, part), { recursive: true })
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
