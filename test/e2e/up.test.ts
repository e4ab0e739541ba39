import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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

  test('objects of kinds that the cluster was taught before, while it runs and when it starts', async () => {
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {kind: Site, plural: sites}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
  - {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
`
    expect((await up('--detach', write('definition.yaml', definition))).code).toBe(0)
    const site = (name: string, version: string, kind = 'Site') =>
      write(`${name}.yaml`, `apiVersion: example.com/${version}\nkind: ${kind}\nmetadata: {name: ${name}}\n`)
    const created = (name: string) => ({ objects: [{ object: `site/${name}`, result: 'created' }] })
    const running = await up('--detach', '-o', 'json', site('first', 'v1beta1'))
    expect(running.code, running.stderr).toBe(0)
    expect(JSON.parse(running.stdout)).toMatchObject(created('first'))
    const unknown = await up('--detach', site('second', 'v1', 'Sight'))
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toMatch(/second\.yaml:1: unknown kind: Sight in example\.com\/v1$/m)

    expect((await down()).code).toBe(0)
    const started = await up('--detach', '--no-merge', '-o', 'json', site('third', 'v1'))
    expect(started.code, started.stderr).toBe(0)
    expect(JSON.parse(started.stdout)).toMatchObject(created('third'))
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
