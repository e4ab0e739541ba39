import { CustomObjectsApi, KubeConfig, makeInformer } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { findKubectl, kubectlVersions, type TestKubectl, testKubectl } from '../../../test/support/kubectl.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'crontabs.stable.example.com' },
  spec: {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', shortNames: ['ct'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A table of times.',
            properties: {
              spec: {
                type: 'object',
                required: ['cronSpec'],
                properties: {
                  cronSpec: {
                    type: 'string',
                    description: 'When.',
                    pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$',
                  },
                  image: { type: 'string', default: 'busybox' },
                  replicas: { type: 'integer', minimum: 1, maximum: 10 },
                },
              },
              status: {
                type: 'object',
                properties: { replicas: { type: 'integer' }, labelSelector: { type: 'string' } },
              },
            },
          },
        },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.labelSelector',
          },
        },
        additionalPrinterColumns: [
          { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Image', type: 'string', jsonPath: '.spec.image', priority: 1 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    ],
  },
}
const cronTab = (replicas = 1) => ({
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name: 'mine' },
  spec: { cronSpec: '* * * * */5', replicas },
})

test('@kubernetes/client-node: CustomObjectsApi, informers', async () => {
  const config = new KubeConfig()
  config.loadFromString(server.kubeconfig())
  const api = config.makeApiClient(CustomObjectsApi)
  // Its own model of definitions spells `default` otherwise; this sends JSON as it is.
  const definitions = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }
  await api.createClusterCustomObject({ ...definitions, body: crd })
  const all = { group: 'stable.example.com', version: 'v1', namespace: 'default', plural: 'crontabs' }
  const one = { ...all, name: 'mine' }

  const seen: string[] = []
  const list = () => api.listNamespacedCustomObject(all)
  const informer = makeInformer(config, '/apis/stable.example.com/v1/namespaces/default/crontabs', list)
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, (object) => void seen.push(`${verb} ${object.metadata?.name}`))
  informer.on('error', () => {})
  await informer.start()

  expect(await api.createNamespacedCustomObject({ ...all, body: cronTab() })).toMatchObject({
    spec: { image: 'busybox' },
  })
  await expect(api.createNamespacedCustomObject({ ...all, body: { ...cronTab(), spec: {} } })).rejects.toMatchObject({
    code: 422,
  })
  await api.patchNamespacedCustomObject({ ...one, body: [{ op: 'replace', path: '/spec/replicas', value: 3 }] })
  expect(await api.getNamespacedCustomObjectScale(one)).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } })
  const present = await api.getNamespacedCustomObject(one)
  await api.replaceNamespacedCustomObjectStatus({ ...one, body: { ...present, status: { replicas: 2 } } })
  expect(await api.getNamespacedCustomObject(one)).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 2 } })
  await api.deleteNamespacedCustomObject(one)
  await vi.waitFor(() => expect([...new Set(seen)]).toEqual(['add mine', 'update mine', 'delete mine']), {
    timeout: 5000,
  })
  await informer.stop()
  await api.deleteClusterCustomObject({ ...definitions, name: 'crontabs.stable.example.com' })
  await vi.waitFor(() => expect(server.server.resource('stable.example.com', 'v1', 'crontabs')).toBeUndefined(), {
    timeout: 5000,
  })
})

describe.each(kubectlVersions)('%s', (name) => {
  const program = findKubectl(name)
  if (!program) {
    test.skip(`${name} is not on this machine`, () => {})
    return
  }
  let kubectl: TestKubectl
  beforeAll(() => {
    kubectl = testKubectl(program, server.kubeconfig())
  })
  afterAll(() => kubectl.remove())

  test('defines, applies, shows, scales and deletes', async () => {
    const { run } = kubectl
    const definition = kubectl.file('crd.json', crd)
    const object = kubectl.file('object.json', cronTab())
    expect(await run('apply', '-f', definition)).toContain('crontabs.stable.example.com created')
    expect(await run('apply', '-f', definition)).toContain('crontabs.stable.example.com unchanged')
    expect(
      await run('wait', '--for=condition=established', '--timeout=5s', 'crd/crontabs.stable.example.com'),
    ).toContain('condition met')
    expect(await run('api-resources', '--api-group=stable.example.com', '--no-headers')).toMatch(
      /^crontabs +ct +stable.example.com\/v1 +true +CronTab$/,
    )
    expect(await run('apply', '-f', object)).toBe('crontab.stable.example.com/mine created')
    expect(await run('apply', '-f', object)).toBe('crontab.stable.example.com/mine unchanged')
    kubectl.file('object.json', cronTab(2))
    expect(await run('apply', '-f', object)).toBe('crontab.stable.example.com/mine configured')
    expect(await run('get', 'ct')).toMatch(/^NAME +SPEC +REPLICAS +AGE\nmine +\* \* \* \* \*\/5 +2 +\d+s$/)
    expect(await run('get', 'crontab', '-o', 'wide')).toMatch(
      /^NAME +SPEC +REPLICAS +IMAGE +AGE\nmine +\S.* +2 +busybox +\d+s$/,
    )
    expect(await run('get', 'all')).toContain('crontab.stable.example.com/mine')
    const explained = await run('explain', 'crontab.spec.cronSpec')
    expect(explained).toMatch(/KIND: +CronTab\nVERSION: +(stable.example.com\/)?v1/)
    expect(explained).toContain('When.')
    expect(await run('explain', 'crontab', '--recursive')).toContain('cronSpec')
    await run('scale', 'crontab/mine', '--replicas=5')
    await run('patch', 'ct', 'mine', '--type=merge', '-p', '{"spec":{"image":"other"}}')
    expect(await run('get', 'ct', 'mine', '-o', 'jsonpath={.spec.replicas} {.spec.image} {.metadata.generation}')).toBe(
      '5 other 4',
    )
    await expect(run('patch', 'ct', 'mine', '-p', '{"spec":{"image":"x"}}')).rejects.toThrow(
      'application/strategic-merge-patch+json is not supported by stable.example.com/v1, Kind=CronTab',
    )
    await expect(run('patch', 'ct', 'mine', '--type=merge', '-p', '{"spec":{"replicas":11}}')).rejects.toThrow(
      'The CronTab "mine" is invalid: spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10',
    )
    await run('patch', 'ct', 'mine', '--type=merge', '--subresource=status', '-p', '{"status":{"replicas":4}}')
    expect(await run('get', 'ct', 'mine', '-o', 'jsonpath={.status}')).toBe('{"replicas":4}')
    kubectl.file('object.json', { ...cronTab(), spec: { cronSpec: 'x', imag: 'y' } })
    await expect(run('apply', '-f', object)).rejects.toThrow('unknown field "spec.imag"')
    expect(await run('describe', 'ct', 'mine')).toContain('Cron Spec:')
    expect(await run('delete', 'ct', 'mine')).toContain('"mine" deleted')
    expect(await run('delete', '-f', definition)).toContain('"crontabs.stable.example.com" deleted')
    await expect(run('get', 'ct')).rejects.toThrow(
      /the server doesn't have a resource type|could not find the requested resource/,
    )
  }, 60_000)
})
