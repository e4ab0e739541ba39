import { execFile, spawnSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { CoreV1Api, KubeConfig, Log } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../cluster/cluster.ts'

const pod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image: `${name}:1`, ports: [{ containerPort: 8080 }] }], ...spec },
})

/** The text of a pod's log from the API server, in the process. */
async function logOf(cluster: TestCluster, name: string, options: object = {}): Promise<string> {
  const core = (await cluster.kubeConfig(new KubeConfig())).makeApiClient(CoreV1Api)
  return core.readNamespacedPodLog({ name, namespace: 'default', ...options })
}

test('the API server serves the logs of simulated pods, without a port', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('app:1', { logs: ['one', 'two', 'three'], crashAfter: '10s' })
  cluster.image('side:1', { logs: ['beside'] })
  const { spec } = pod('app')
  await cluster.apply(pod('app', { containers: [...spec.containers, { name: 'side', image: 'side:1' }] }))
  await cluster.settle()
  await expect(logOf(cluster, 'app')).rejects.toThrow('a container name must be specified for pod app')
  const main = { container: 'main' }
  expect(await logOf(cluster, 'app', main)).toBe('one\ntwo\nthree\n')
  expect(await logOf(cluster, 'app', { container: 'side' })).toBe('beside\n')
  expect(await logOf(cluster, 'app', { ...main, tailLines: 1 })).toBe('three\n')
  expect(await logOf(cluster, 'app', { ...main, limitBytes: 5 })).toBe('one\nt')
  expect(await logOf(cluster, 'app', { ...main, tailLines: 1, timestamps: true })).toBe(
    '2026-01-01T00:00:00.000000000Z three\n',
  )
  await expect(logOf(cluster, 'app', { ...main, previous: true })).rejects.toThrow(
    /previous terminated container .*main.* in pod .*app.* not found/,
  )
  await cluster.clock.advance('12s')
  expect(await logOf(cluster, 'app', { ...main, previous: true, timestamps: true, tailLines: 1 })).toBe(
    '2026-01-01T00:00:00.000000000Z three\n',
  )
  expect(await logOf(cluster, 'app', { ...main, sinceSeconds: 60 })).toBe('one\ntwo\nthree\n')
  expect(await logOf(cluster, 'app', { container: 'side', sinceSeconds: 10 })).toBe('')
  cluster.node('node-1').partition()
  await expect(logOf(cluster, 'app', main)).rejects.toThrow('no route to host')
})

test('a log is followed to the end of its container, as virtual time goes on', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('app:1', { logs: ['hello'], exitAfter: '1h' })
  await cluster.apply(pod('app', { restartPolicy: 'Never' }))
  await cluster.settle()
  const out = new PassThrough()
  await new Log(await cluster.kubeConfig(new KubeConfig())).log('default', 'app', 'main', out, { follow: true })
  let ended = false
  const all = text(out).finally(() => {
    ended = true
  })
  await cluster.clock.advance('59m')
  expect(ended).toBe(false)
  await cluster.clock.advance('2m')
  expect(await all).toBe('hello\n')
})

test('the proxy of pods and Services leads to what an image answers', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('web:1', {
    http: async (request) =>
      new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`, { status: 201 }),
  })
  await cluster.apply(pod('web'), pod('mute'))
  await cluster.settle()
  const core = (await cluster.kubeConfig(new KubeConfig())).makeApiClient(CoreV1Api)
  const path = { namespace: 'default', path: 'a' }
  expect(await core.connectGetNamespacedPodProxyWithPath({ ...path, name: 'web' })).toBe('GET /a ')
  expect(await core.connectPostNamespacedPodProxyWithPath({ ...path, name: 'web:8080' })).toBe('POST /a ')
  await expect(core.connectGetNamespacedPodProxyWithPath({ ...path, name: 'mute' })).rejects.toThrow('ECONNREFUSED')
  const metrics = await core.connectGetNodeProxyWithPath({ name: 'node-1', path: 'metrics' })
  expect(metrics).toContain('kubelet_node_name{node="node-1"} 1')
})

test.skipIf(spawnSync('kubectl', ['version', '--client']).error)('kubectl logs', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('app:1', { logs: ['one', 'two'], exitAfter: '5s' })
  await cluster.apply(pod('app', { restartPolicy: 'Never' }))
  await cluster.settle()
  const kubeconfig = await cluster.kubeconfigFile()
  const kubectl = async (...args: string[]) =>
    (await promisify(execFile)('kubectl', ['--kubeconfig', kubeconfig, ...args])).stdout
  expect(await kubectl('logs', 'app')).toBe('one\ntwo\n')
  expect(await kubectl('logs', 'app', '--tail=1', '--timestamps')).toMatch(/^2026-01-01T00:00:00.*Z two\n$/)
  const following = kubectl('logs', '-f', 'app')
  await cluster.clock.advance('10s')
  expect(await following).toBe('one\ntwo\n')
})
