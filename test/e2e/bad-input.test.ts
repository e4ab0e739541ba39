import { spawnSync } from 'node:child_process'
import { lstatSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { badWorld, configMap } from './bad-input/world.ts'
import { k8ts } from './support.ts'

/** What users get wrong in flags and files. */
const name = 'bad-input'
const { folder, env, up, down, write, note, linkOf, nothingLeft, failed } = badWorld(name)

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

  test('down of a missing cluster is no error', async () => {
    const { code, stderr } = await k8ts(['down', '--purge', '--name', 'bad-none'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'there is no cluster "bad-none"\n' })
  })
})

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
    ['a tab', 'a.yaml', 'apiVersion: v1\nmetadata:\n\tname: a\n', /a\.yaml:3: Tabs are not allowed as indentation$/],
    [
      'an error in the third document',
      'a.yaml',
      [1, 2, 3].map((n) => configMap(`{name: ${n === 3 ? n : `"${n}"`}}`)).join('---\n'),
      /a\.yaml:11: metadata\.name must be a text, not a number: write "3"$/,
    ],
    ['an alias without an anchor', 'a.yaml', configMap('{name: *a}'), /a\.yaml:3: unknown anchor 'a' referenced$/],
    [
      'aliases that grow without end',
      'a.yaml',
      [
        'a: &a [x,x,x,x,x,x,x,x,x]',
        ...[...'bcdefghi'].map((at, i) => `${at}: &${at} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`),
      ].join('\n'),
      /a\.yaml:4: document contains excessive aliasing$/,
    ],
    [
      'an alias in itself',
      'a.yaml',
      `${configMap('{name: a}')}data: &d { a: *d }\n`,
      /a\.yaml:4: anchor 'd' value contains itself$/,
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
    ['a project of another form', 'p/k8ts.config', '- a\n', /k8ts\.config: it must be a mapping with the list images$/],
    [
      'an unknown field of a project',
      'p/k8ts.config',
      'image: []\n',
      /k8ts\.config: unknown field image; known: images$/,
    ],
    ['a project that does not parse', 'p/k8ts.config', 'images:\n- name: [\n', /k8ts\.config:3: Flow sequence/],
    [
      'an image without contents',
      'p/k8ts.config',
      'images: [{name: "a:1"}]\n',
      /images\[0\]: give the image something to hold: rootfs, app or bin$/,
    ],
    [
      'an image with a bad name',
      'p/k8ts.config',
      'images: [{name: "A B", app: .}]\n',
      /images\[0\]\.name: invalid image name "A B"/,
    ],
    [
      'an image of a missing folder',
      'p/k8ts.config',
      'images: [{name: "a:1", app: nope}]\n',
      /images\[0\]\.app: .*\/nope is no folder$/,
    ],
    [
      'a wrong variable of an image',
      'p/k8ts.config',
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
