import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { findKubectl, kubectlVersions, type TestKubectl, testKubectl } from '../../test/support/kubectl.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

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

describe.each(kubectlVersions)('%s', (name) => {
  const program = findKubectl(name)
  if (!program) {
    test.skip(`${name} is not on this machine`, () => {})
    return
  }
  let kubectl: TestKubectl
  beforeAll(() => {
    kubectl = testKubectl(program, server.kubeconfig(), { EDITOR: 'sed -i s/nginx/httpd/' })
  })
  afterAll(() => kubectl.remove())

  test('applies, shows, changes and deletes', async () => {
    const { run } = kubectl
    const file = kubectl.file('manifest.yaml', manifest)
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
