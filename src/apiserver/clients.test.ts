import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from './testing.ts'

let server: TestServer
const folder = mkdtempSync('/tmp/k8ts-clients-')
beforeAll(async () => {
  server = await startTestServer()
  writeFileSync(join(folder, 'config'), server.kubeconfig())
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

test('@kubernetes/client-node: objects, lists, errors, informers', async () => {
  const config = new KubeConfig()
  config.loadFromString(server.kubeconfig())
  const api = config.makeApiClient(CoreV1Api)
  const namespace = 'default'
  await api.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: 'one', labels: { t: 'x' } }, data: { a: '1' } },
  })

  const seen: string[] = []
  const list = () => api.listNamespacedConfigMap({ namespace, labelSelector: 't=x' })
  const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, list, 't=x')
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, (object) => void seen.push(`${verb} ${object.metadata?.name} ${object.data?.a}`))
  informer.on('error', () => {})
  await informer.start()
  await vi.waitFor(() => expect(seen).toEqual(['add one 1']), { timeout: 5000 })

  const one = await api.readNamespacedConfigMap({ namespace, name: 'one' })
  await api.replaceNamespacedConfigMap({ namespace, name: 'one', body: { ...one, data: { a: '2' } } })
  await api.deleteNamespacedConfigMap({ namespace, name: 'one' })
  await vi.waitFor(() => expect(seen).toEqual(['add one 1', 'update one 2', 'delete one 2']), { timeout: 5000 })
  await informer.stop()
  await expect(api.readNamespacedConfigMap({ namespace, name: 'one' })).rejects.toMatchObject({ code: 404 })
})

const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: b}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: nginx}]}
`

/** The folders of the search path, and where the kubectl in them really is: versions lie beside it. */
const folders = (process.env.PATH ?? '').split(delimiter).flatMap((path) => {
  const kubectl = join(path, 'kubectl')
  return existsSync(kubectl) ? [path, dirname(realpathSync(kubectl))] : [path]
})

describe.each(['kubectl.1.27', 'kubectl.1.33'])('%s', (name) => {
  const kubectl = folders.map((path) => join(path, name)).find(existsSync)
  if (!kubectl) {
    test.skip(`${name} is not on this machine`, () => {})
    return
  }
  const run = async (...args: string[]) => {
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      KUBECONFIG: join(folder, 'config'),
      EDITOR: 'sed -i s/nginx/httpd/',
    }
    const { stdout } = await promisify(execFile)(kubectl, args, { env, timeout: 15_000 })
    return stdout.trim()
  }

  test('applies, shows, changes and deletes', async () => {
    const file = join(folder, 'manifest.yaml')
    writeFileSync(file, manifest)
    expect(await run('apply', '-f', file)).toBe('configmap/settings created\ndeployment.apps/web created')
    expect(await run('apply', '-f', file)).toBe('configmap/settings unchanged\ndeployment.apps/web unchanged')
    expect(await run('get', 'deploy,cm', '--no-headers')).toMatch(/^deployment.apps\/web +0\/2 +0 +0 +\d+s\n/)
    await run('scale', 'deploy/web', '--replicas=4')
    await run('edit', 'deploy/web')
    expect(
      await run('get', 'deploy', 'web', '-o', 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}'),
    ).toBe('4 httpd')
    for (const [type, patch] of [
      ['merge', '{"data":{"m":"1"}}'],
      ['strategic', '{"data":{"s":"1"}}'],
      ['json', '[{"op":"add","path":"/data/j","value":"1"}]'],
    ])
      await run('patch', 'cm', 'settings', '--type', type ?? '', '-p', patch ?? '')
    expect(await run('get', 'cm', 'settings', '-o', 'jsonpath={.data}')).toBe('{"a":"b","j":"1","m":"1","s":"1"}')
    await run('label', 'cm/settings', 'tier=x')
    expect(await run('get', 'cm', '-l', 'tier=x', '-o', 'name')).toBe('configmap/settings')
    expect(await run('explain', 'pod.spec.nodeName')).toMatch(/VERSION: +v1/)
    await run('create', 'configmap', 'typed', '--from-literal=a=b')
    await run('create', 'serviceaccount', 'bot')
    expect(await run('create', 'token', 'bot')).toMatch(/^eyJ/)
    expect(await run('describe', 'deploy', 'web')).toContain('Replicas:               4 desired')
    await expect(run('get', 'cm', 'none')).rejects.toThrow('Error from server (NotFound): configmaps "none" not found')
    await run('delete', 'cm/typed', 'sa/bot')
    expect(await run('delete', '-f', file)).toContain('"web" deleted')
  }, 60_000)
})
