import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Pod,
  type V1Status,
  Watch,
} from '@kubernetes/client-node'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { containerCluster, eventually, home, noContainers } from './support.ts'

/** The official client for Node, from outside and from inside a pod. */
describe.skipIf(noContainers)('@kubernetes/client-node', () => {
  const cluster = containerCluster('client-node')
  const namespace = 'default'
  const config = new KubeConfig()
  let core: CoreV1Api

  const isReady = (pod: V1Pod) => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')
  const pod = (name: string, image: string, command: string[]): V1Pod => ({
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image, command }] },
  })
  const configMap = (name: string, data: Record<string, string>): V1ConfigMap => ({
    metadata: { name, labels: { test: 'client-node' } },
    data,
  })
  /** Everything that is written to it, as text. */
  const collector = () => {
    const got = { text: '', stream: new Writable() }
    got.stream = new Writable({
      write(chunk, _, done) {
        got.text += chunk
        done()
      },
    })
    return got
  }

  beforeAll(async () => {
    const app = join(cluster.folder, 'app')
    mkdirSync(app)
    await build({
      stdin: { contents: inPod, resolveDir: home, sourcefile: 'server.js' },
      outfile: join(app, 'server.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    })
    await cluster.up()
    await Promise.all([cluster.pack('box:1', '--bin', '/bin/busybox'), cluster.pack('in-pod:1', '--app', app)])
    config.loadFromFile(cluster.kubeconfig)
    core = config.makeApiClient(CoreV1Api)
    const say = 'for i in 1 2 3; do echo line $i; done; trap exit TERM; while :; do sleep 0.2; echo more; done'
    await core.createNamespacedPod({ namespace, body: pod('box', 'box:1', ['sh', '-c', say]) })
    await core.createNamespacedPod({ namespace, body: pod('in-pod', 'in-pod:1', ['node', '/app/server.mjs']) })
  })
  afterAll(() => cluster.down())

  test('create, get, list, replace, patch, delete; conflicts and absences are Statuses', async () => {
    const made = await core.createNamespacedConfigMap({ namespace, body: configMap('crud', { a: '1' }) })
    expect(made.metadata?.uid).toBeDefined()
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date)
    const name = 'crud'
    const got = await core.readNamespacedConfigMap({ namespace, name })
    expect(got.data).toEqual({ a: '1' })
    const list = await core.listNamespacedConfigMap({ namespace, labelSelector: 'test=client-node' })
    expect(list.items.map((i) => i.metadata?.name)).toEqual(['crud'])

    const replaced = await core.replaceNamespacedConfigMap({ namespace, name, body: { ...got, data: { a: '2' } } })
    expect(replaced.data).toEqual({ a: '2' })
    await expect(core.replaceNamespacedConfigMap({ namespace, name, body: got })).rejects.toMatchObject({ code: 409 })

    const patch = (body: unknown, strategy: PatchStrategy) =>
      core.patchNamespacedConfigMap({ namespace, name, body }, setHeaderOptions('Content-Type', strategy))
    expect((await patch({ data: { b: '3' } }, PatchStrategy.MergePatch)).data).toEqual({ a: '2', b: '3' })
    expect((await patch({ data: { a: null } }, PatchStrategy.StrategicMergePatch)).data).toEqual({ b: '3' })
    const jsonPatch = [{ op: 'replace', path: '/data/b', value: '4' }]
    expect((await patch(jsonPatch, PatchStrategy.JsonPatch)).data).toEqual({ b: '4' })

    await core.deleteNamespacedConfigMap({ namespace, name })
    const gone = await core.readNamespacedConfigMap({ namespace, name }).catch((error: unknown) => error)
    expect(gone).toMatchObject({ code: 404 })
    expect(JSON.parse((gone as { body: string }).body)).toMatchObject({
      kind: 'Status',
      reason: 'NotFound',
      message: 'configmaps "crud" not found',
    })
  })

  test('watch', async () => {
    const seen: string[] = []
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    let over: unknown
    const watching = await new Watch(config).watch(
      path,
      { labelSelector: 'test=client-node' },
      (type, object: V1ConfigMap) => void seen.push(`${type} ${object.metadata?.name} ${object.data?.a}`),
      (error) => {
        over = error
      },
    )
    const body = configMap('watched', { a: '1' })
    await core.createNamespacedConfigMap({ namespace, body })
    await core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: { ...body, data: { a: '2' } } })
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' })
    await eventually('three events', async () => seen.length === 3, 10_000)
    expect(seen).toEqual(['ADDED watched 1', 'MODIFIED watched 2', 'DELETED watched 2'])
    expect(over).toBeUndefined()
    watching.abort()
  })

  test('informer', async () => {
    const events: string[] = []
    const informer = makeInformer(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace, labelSelector: 'test=client-node' }),
      'test=client-node',
    )
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, (object: V1ConfigMap) => void events.push(`${event} ${object.metadata?.name}`))
    await core.createNamespacedConfigMap({ namespace, body: configMap('first', { a: '1' }) })
    await informer.start()
    await eventually('what was there', async () => informer.get('first', namespace) !== undefined, 10_000)
    await core.createNamespacedConfigMap({ namespace, body: configMap('second', { a: '1' }) })
    await core.replaceNamespacedConfigMap({ namespace, name: 'second', body: configMap('second', { a: '2' }) })
    await core.deleteNamespacedConfigMap({ namespace, name: 'first' })
    await eventually('all of it', async () => events.length >= 4, 10_000)
    expect(events).toEqual(['add first', 'add second', 'update second', 'delete first'])
    expect(informer.list(namespace).map((o) => o.metadata?.name)).toEqual(['second'])
    await informer.stop()
    await core.deleteNamespacedConfigMap({ namespace, name: 'second' })
  })

  const podReady = (name: string) =>
    eventually(`pod ${name} is ready`, async () => isReady(await core.readNamespacedPod({ namespace, name })), 30_000)

  test('exec, with stdin, stderr and an exit status', async () => {
    await podReady('box')
    const [out, err, stdin] = [collector(), collector(), new PassThrough()]
    const status = new Promise<V1Status>((resolve, reject) => {
      const command = ['sh', '-c', 'read line; echo "got $line"; echo oops >&2; exit 7']
      new Exec(config)
        .exec(namespace, 'box', 'main', command, out.stream, err.stream, stdin, false, resolve)
        .then(() => stdin.write('hello\n'), reject)
    })
    expect(await status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    })
    expect([out.text, err.text]).toEqual(['got hello\n', 'oops\n'])
    const run = (stdout: Writable | null) =>
      new Promise<V1Status>((resolve, reject) => {
        new Exec(config).exec(namespace, 'box', 'main', ['true'], stdout, null, null, false, resolve).catch(reject)
      })
    expect(await run(collector().stream)).toMatchObject({ status: 'Success' })
    await expect(run(null)).rejects.toMatchObject({ message: 'Unexpected server response: 400' })
  })

  test('logs, followed', async () => {
    await podReady('box')
    const log = collector()
    await new Log(config).log(namespace, 'box', 'main', log.stream, { follow: true })
    await eventually('what comes later', async () => log.text.includes('more\nmore\n'), 10_000)
    expect(log.text).toMatch(/^line 1\nline 2\nline 3\nmore\n/)
    expect(await core.readNamespacedPodLog({ namespace, name: 'box', limitBytes: 7 })).toBe('line 1\n')
    await core.deleteNamespacedPod({ namespace, name: 'box' })
    await eventually('the stream ends with the container', async () => log.stream.writableFinished, 20_000)
  })

  test('in a pod: the name of its ServiceAccount, and that it may not list pods', async () => {
    interface Said {
      server: string
      user: { username: string; groups: string[]; extra: Record<string, string[]> }
      list: { code: number; status: V1Status } | { pods: string[] }
      version: string
    }
    const said = await eventually(
      'the pod has said it all',
      async () => {
        const text = await core.readNamespacedPodLog({ namespace, name: 'in-pod' })
        return text.includes('\n') && (JSON.parse(text) as Said)
      },
      30_000,
    )
    const self = await core.readNamespacedPod({ namespace, name: 'in-pod' })
    expect(said.server).toMatch(/^https:\/\/10\.\d+\.0\.1:443$/)
    expect(said.version).toMatch(/^v1\.36/)
    expect(said.user).toMatchObject({
      username: 'system:serviceaccount:default:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/pod-name': ['in-pod'],
        'authentication.kubernetes.io/pod-uid': [self.metadata?.uid],
        'authentication.kubernetes.io/node-name': [self.spec?.nodeName],
      },
    })
    expect(said.list).toMatchObject({
      code: 403,
      status: {
        reason: 'Forbidden',
        message:
          'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
      },
    })
  })
})

/** Runs in the pod: asks with the ServiceAccount's token, says what it was told in one line. */
const inPod = `
import { AuthenticationV1Api, CoreV1Api, KubeConfig, VersionApi } from '@kubernetes/client-node'
const config = new KubeConfig()
config.loadFromCluster()
const list = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'default' }).then(
  ({ items }) => ({ pods: items.map((pod) => pod.metadata.name) }),
  (error) => ({ code: error.code, status: JSON.parse(error.body) }),
)
const review = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} })
const { gitVersion } = await config.makeApiClient(VersionApi).getCode()
console.log(JSON.stringify({ server: config.getCurrentCluster().server, user: review.status.userInfo, list, version: gitVersion }))
setInterval(() => {}, 1000)
`
