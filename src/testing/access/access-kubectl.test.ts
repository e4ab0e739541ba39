import { execFile, spawn } from 'node:child_process'
import { existsSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Identity, startCluster, type TestCluster } from '../cluster/cluster.ts'

/** The folders of the search path, and where the kubectl in them really is: versions lie beside it. */
const folders = (process.env.PATH ?? '').split(delimiter).flatMap((path) => {
  const kubectl = join(path, 'kubectl')
  return existsSync(kubectl) ? [path, dirname(realpathSync(kubectl))] : [path]
})

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  minReadySeconds: 10
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
`

describe.each(['kubectl.1.27', 'kubectl.1.33'])('%s', (name) => {
  const kubectl = folders.map((path) => join(path, name)).find(existsSync)
  if (!kubectl) {
    test.skip(`${name} is not on this machine`, () => {})
    return
  }
  async function kubectlOf(cluster: TestCluster, who?: Identity) {
    const KUBECONFIG = await cluster.kubeconfigFile(who)
    const env = { PATH: process.env.PATH, HOME: dirname(KUBECONFIG), KUBECONFIG }
    return {
      async run(...args: string[]) {
        const { stdout } = await promisify(execFile)(kubectl ?? '', args, { env, timeout: 15_000 })
        return stdout.trim()
      },
      /** Runs while the test moves time; `seen` resolves with its first output. */
      begin(...args: string[]) {
        const child = spawn(kubectl ?? '', args, { env, timeout: 15_000 })
        let text = ''
        const seen = Promise.withResolvers<void>()
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk: Buffer) => {
            text += chunk
            seen.resolve()
          })
        const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
          child.on('close', (code) => resolve({ code, text: text.trim() }))
        })
        return { seen: seen.promise, ended }
      },
    }
  }
  test('apply, diff and delete work on examples/guestbook as it lies', async () => {
    await using cluster = await startCluster({ nodes: 1 })
    const { run, begin } = await kubectlOf(cluster)
    const folder = join(import.meta.dirname, '../../../examples/guestbook')
    const applied = await run('apply', '-f', folder)
    expect(applied).toContain('service/frontend created')
    expect(await run('diff', '-f', folder)).toBe('')
    await run('scale', 'rc/frontend', '--replicas=7')
    await expect(run('diff', '-f', folder)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('-  replicas: 7'),
    })
    const deleting = begin('delete', '-f', folder)
    await deleting.seen
    await cluster.settle()
    const { code, text } = await deleting.ended
    expect(code, text).toBe(0)
    expect(text.split('\n')).toHaveLength(applied.split('\n').length)
  })

  test('sees what the test does to a cluster, time included', async () => {
    await using cluster = await startCluster({ nodes: 3 })
    const { run, begin } = await kubectlOf(cluster)
    await cluster.apply(manifest)
    await cluster.settle()
    const rollout = begin('rollout', 'status', 'deployment/web', '--timeout=10s')
    await rollout.seen
    await cluster.clock.advance('10s')
    expect(await rollout.ended).toEqual({
      code: 0,
      text: expect.stringContaining('deployment "web" successfully rolled out'),
    })

    expect(await run('get', 'nodes', '--no-headers')).toMatch(/^node-1 +Ready +<none> +10s +v1\.36/)
    expect(await run('get', 'pods', '-o', 'wide', '--no-headers')).toMatch(
      /^web-\S+ +1\/1 +Running +0 +10s +10\.\S+ +node-\d/,
    )
    expect(await run('describe', 'deployment', 'web')).toContain('ScalingReplicaSet')
    expect(await run('describe', 'node', 'node-1')).toMatch(/Ready +True/)
    await cluster.node('node-1').fail()
    await cluster.clock.advance('1m')
    expect(await run('get', 'node', 'node-1', '--no-headers')).toMatch(/^node-1 +NotReady/)
    await cluster.node('node-1').recover()
    await cluster.clock.advance('1m')
    expect(await run('wait', '--for=condition=Ready', 'node/node-1', '--timeout=10s')).toContain('condition met')
  })

  test('applies, waits, drains; shows the identity, and what is missing', async () => {
    await using cluster = await startCluster({ nodes: 2 })
    const { run, begin } = await kubectlOf(cluster)
    const file = join(dirname(await cluster.kubeconfigFile()), 'web.yaml')
    writeFileSync(file, manifest)
    expect(await run('apply', '-f', file)).toBe('deployment.apps/web created')
    await cluster.settle()
    const waiting = begin('wait', '--for=condition=Available', 'deployment/web', '--timeout=10s')
    await cluster.clock.advance('10s')
    expect(await waiting.ended).toEqual({ code: 0, text: 'deployment.apps/web condition met' })
    expect(await run('apply', '-f', file)).toBe('deployment.apps/web unchanged')

    await run('drain', 'node-1', '--ignore-daemonsets', '--timeout=10s')
    await cluster.settle()
    expect(await run('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}')).toBe('node-2 node-2 node-2')
    await expect(run('exec', 'deploy/web', '--', 'ls')).rejects.toThrow('simulated nodes have no exec')
    const jane = await kubectlOf(cluster, { user: 'jane' })
    await expect(jane.run('get', 'pods')).rejects.toThrow('User "jane" cannot list resource "pods"')
    cluster.faults.add({ verb: 'delete', status: 409, message: 'not now', times: 1 })
    await expect(run('delete', 'deployment', 'web')).rejects.toThrow('not now')
    await run('delete', 'deployment', 'web')
    expect(await cluster.list('Deployment')).toEqual([])
  })
})
