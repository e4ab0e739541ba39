import { spawn, spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Exec, KubeConfig, type V1Status } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../cluster/cluster.ts'

const pod = (name: string, annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations },
  spec: { containers: [{ name: 'main', image: `${name}:1` }] },
})

async function withPods(): Promise<TestCluster> {
  const cluster = await startCluster({ nodes: 1 })
  cluster.image('shell:1', {
    exec: ([program = '', ...args], stdin) =>
      program === 'cat'
        ? stdin
        : program === 'echo'
          ? `${args.join(' ')}\n`
          : { stderr: `${program}?\n`, exitCode: 127 },
  })
  await cluster.apply(pod('shell'), pod('told', { 'k8ts.dev/exec-output': 'hi\n' }), pod('mute'))
  await cluster.settle()
  return cluster
}

test('an image says what commands do', async () => {
  await using cluster = await withPods()
  const exec = new Exec(await cluster.kubeConfig(new KubeConfig(), { port: true }))
  const run = async (name: string, command: string[], input?: string) => {
    const [out, err] = [new PassThrough(), new PassThrough()]
    const stdin = input === undefined ? null : new PassThrough().end(input)
    const { promise, resolve } = Promise.withResolvers<V1Status>()
    const socket = await exec.exec('default', name, 'main', command, out, err, stdin, false, resolve)
    const status = await promise
    socket.close()
    out.end()
    err.end()
    return { out: await text(out), err: await text(err), status: status.status, causes: status.details?.causes }
  }
  expect(await run('shell', ['echo', 'one', 'two'])).toMatchObject({ out: 'one two\n', status: 'Success' })
  expect(await run('shell', ['ls'])).toEqual({
    out: '',
    err: 'ls?\n',
    status: 'Failure',
    causes: [{ reason: 'ExitCode', message: '127' }],
  })
  expect(await run('told', ['anything'])).toMatchObject({ out: 'hi\n', status: 'Success' })
})

/** The old kubectl uses SPDY, the new one WebSockets. */
const installed = spawnSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).stdout.trim()
const kubectls = ['kubectl.1.27', 'kubectl.1.33']
  .map((name) => join(installed && dirname(realpathSync(installed)), name))
  .filter((path) => existsSync(path))

test.each(kubectls.length > 0 || !installed ? kubectls : [installed])(
  '%s exec, attach, port-forward',
  async (kubectl) => {
    await using cluster = await withPods()
    const kubeconfig = await cluster.kubeconfigFile()
    const run = async (args: string[], input = '') => {
      const child = spawn(kubectl, ['--kubeconfig', kubeconfig, ...args])
      child.stdin.end(input)
      const code = new Promise<number | null>((resolve) => child.once('close', resolve))
      return { out: await text(child.stdout), err: await text(child.stderr), code: await code }
    }
    expect(await run(['exec', 'shell', '--', 'echo', 'one'])).toEqual({ out: 'one\n', err: '', code: 0 })
    expect(await run(['exec', '-i', 'shell', '--', 'cat'], 'piped')).toEqual({ out: 'piped', err: '', code: 0 })
    expect(await run(['exec', 'shell', '--', 'ls'])).toMatchObject({ err: expect.stringContaining('ls?\n'), code: 127 })
    for (const args of [
      ['exec', 'mute', '--', 'ls'],
      ['attach', 'shell'],
      ['port-forward', 'shell', ':80'],
    ]) {
      const { err, code } = await run(args)
      expect(err).toMatch(/simulated nodes have no (exec|attach|port-forward): nothing runs in their containers/)
      expect(code).toBe(1)
    }
  },
)
