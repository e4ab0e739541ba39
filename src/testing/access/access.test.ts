import { existsSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1Status,
  VersionApi,
  Watch,
} from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { startCluster } from '../cluster/cluster.ts'

const ways = [
  ['without a port', { port: false }],
  ['over a port', { port: true }],
] as const

test.each(ways)('@kubernetes/client-node works %s, and settle waits for what its informers set off', async (_, way) => {
  await using cluster = await startCluster({ nodes: 1 })
  const config = await cluster.kubeConfig(new KubeConfig(), way)
  const core = config.makeApiClient(CoreV1Api)
  const apps = config.makeApiClient(AppsV1Api)
  // A controller as users of that library write it: every ConfigMap gets a Deployment of its name.
  const list = () => core.listConfigMapForAllNamespaces({ labelSelector: 'app=true' })
  const informer = makeInformer(config, '/api/v1/configmaps', list, 'app=true')
  informer.on('add', async ({ metadata }) => {
    const labels = { app: metadata?.name ?? '' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'web:1' }] } }
    const body = {
      metadata: { name: metadata?.name ?? '' },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    }
    await apps.createNamespacedDeployment({ namespace: 'default', body })
  })
  await informer.start()
  await cluster.settle()
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', labels: { app: 'true' } } })
  await cluster.settle()
  expect((await cluster.get('Deployment', 'web')).status.readyReplicas).toBe(2)
  await informer.stop()
})

test.each(ways)('what that library has beside it works %s', async (_, way) => {
  await using cluster = await startCluster({ nodes: 1 })
  const config = await cluster.kubeConfig(new KubeConfig(), way)
  expect((await config.makeApiClient(VersionApi).getCode()).minor).toBe('36')
  const objects = KubernetesObjectApi.makeApiClient(config)
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big', namespace: 'default' } }
  // More than one piece of a body, and beyond what is compressed on a network.
  const text = 'é'.repeat(200_000)
  await objects.create({ ...map, data: { text } })
  expect(await objects.read(map)).toMatchObject({ data: { text } })
  const core = config.makeApiClient(CoreV1Api)
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
  const name = { name: 'big', namespace: 'default' }
  const patched = await core.patchNamespacedConfigMap({ ...name, body: { data: { text: null, a: '1' } } }, merge)
  expect(patched.data).toEqual({ a: '1' })
  await expect(core.readNamespacedConfigMap({ ...name, name: 'none' })).rejects.toMatchObject({
    code: 404,
    headers: { 'content-type': 'application/json' },
  })

  const seen: string[] = []
  const ended = Promise.withResolvers<unknown>()
  const watch = await new Watch(config).watch(
    '/api/v1/namespaces/default/configmaps',
    { resourceVersion: '0' },
    (type, object) => seen.push(`${type} ${object.metadata.name}`),
    ended.resolve,
  )
  await core.deleteNamespacedConfigMap(name)
  await cluster.settle()
  expect(seen.filter((line) => line.endsWith('big'))).toEqual(['ADDED big', 'DELETED big'])
  watch.abort()
  await ended.promise
  await cluster.settle()
})

test.each(ways)('requests carry the user of their handle, %s', async (_, way) => {
  await using cluster = await startCluster()
  const apiAs = async (user?: string, groups?: string[]) =>
    (await cluster.kubeConfig(new KubeConfig(), { ...way, user, groups })).makeApiClient(CoreV1Api)
  const map = { namespace: 'default', body: { metadata: { name: 'm' } } }
  await expect((await apiAs('jane', ['developers'])).createNamespacedConfigMap(map)).rejects.toMatchObject({
    code: 403,
    body: expect.stringContaining('jane'),
  })
  await (await apiAs('operator', ['system:masters'])).createNamespacedConfigMap(map)
  expect(String(cluster.timeline({ about: 'default/m' }))).toContain('operator: create configmaps default/m')
  await (await apiAs()).deleteNamespacedConfigMap({ name: 'm', namespace: 'default' })
  expect(String(cluster.timeline({ about: 'default/m' }))).toContain('kubernetes-admin: delete configmaps default/m')
  const impersonating = await cluster.kubeConfig(new KubeConfig(), way)
  Object.assign(impersonating.users[0] ?? {}, { impersonateUser: 'joe' })
  await expect(impersonating.makeApiClient(CoreV1Api).listNode()).rejects.toMatchObject({
    body: expect.stringContaining('joe'),
  })
})

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'i' }] },
}

test.each(ways)('logs are followed, and commands executed, %s', async (_, way) => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('i', {
    logs: ['one', 'two'],
    exitAfter: '10s',
    exec: (command, stdin) => ({ stdout: `${command.join(' ')}: ${stdin}`, exitCode: 3 }),
  })
  await cluster.apply(pod)
  await cluster.settle()
  const config = await cluster.kubeConfig(new KubeConfig(), way)
  const out = new PassThrough({ encoding: 'utf8' })
  await new Log(config).log('default', 'p', 'c', out, { follow: true })
  const output = new PassThrough({ encoding: 'utf8' })
  const status = Promise.withResolvers<V1Status>()
  const exec = (pod: string) =>
    new Exec(config).exec('default', pod, 'c', ['wc', '-c'], output, null, Readable.from(['hi']), false, status.resolve)
  await exec('p')
  expect(await status.promise).toMatchObject({ details: { causes: [{ reason: 'ExitCode', message: '3' }] } })
  expect((await output.toArray()).join('')).toBe('wc -c: hi')
  cluster.faults.add({ resource: 'pods/exec', status: 403, times: 1 })
  await expect(exec('p')).rejects.toThrow('Unexpected server response: 403')
  await expect(exec('none')).rejects.toThrow('Unexpected server response: 404')

  await cluster.clock.advance('10s')
  expect((await out.toArray()).join('')).toBe('one\ntwo\n')
})

test('without a port there is no handle, and nothing is left', async () => {
  const before = process.getActiveResourcesInfo()
  const cluster = await startCluster({ nodes: 1 })
  const config = await cluster.kubeConfig(new KubeConfig())
  await cluster.apply(pod)
  await cluster.settle()
  const failures: unknown[] = []
  const core = config.makeApiClient(CoreV1Api)
  const informer = makeInformer(config, '/api/v1/pods', () => core.listPodForAllNamespaces())
  informer.on('error', (error) => failures.push(error))
  await informer.start()
  await cluster.settle()
  const kinds = process.getActiveResourcesInfo().filter((kind) => !['Timeout', 'Immediate'].includes(kind))
  expect(kinds.filter((kind) => !before.includes(kind))).toEqual([])
  await cluster.stop()
  expect(failures).toEqual([expect.objectContaining({ message: 'terminated' })])
  await expect(core.listNode()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before.length + 1)
})

test('options for loadFromOptions are over a port', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const config = new KubeConfig()
  config.loadFromOptions(await cluster.kubeConfig())
  expect((await config.makeApiClient(CoreV1Api).listNode()).items).toHaveLength(1)
})

test('a kubeconfig file holds an identity, and is gone afterwards', async () => {
  const cluster = await startCluster()
  const file = await cluster.kubeconfigFile({ user: 'jane', groups: ['developers'] })
  const config = new KubeConfig()
  config.loadFromFile(file)
  await expect(config.makeApiClient(CoreV1Api).listNamespace()).rejects.toMatchObject({ code: 403 })
  await cluster.stop()
  expect(existsSync(file)).toBe(false)
})
