import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findKubectl, kubectlVersions, type TestKubectl, testKubectl } from '../../../test/support/kubectl.ts'
import { Deployments } from '../../api/apps/v1/index.ts'
import { Namespaces } from '../../api/core/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Site, plural: sites}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

const first = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {tier: front, gone: "yes"}, annotations: {note: "a <b> & c"}}
spec:
  replicas: 2
  minReadySeconds: 5
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 2}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        args: [a, b]
        env: [{name: KEEP, value: "1"}, {name: GO, value: "2"}]
        ports: [{containerPort: 80}, {containerPort: 81}]
        volumeMounts: [{name: data, mountPath: /data}, {name: more, mountPath: /more}]
      - {name: gone, image: "gone:1"}
      volumes: [{name: data, emptyDir: {}}, {name: more, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: a, port: 80}, {name: b, port: 81}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {"10": ten, "9": nine, "a": "<html>\\u2028", gone: "1"}
---
apiVersion: example.com/v1
kind: Site
metadata: {name: home}
spec: {host: a.example, paths: [{name: x}, {name: z}], gone: 1, size: 1.5, nothing: null}
`
const second = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {tier: back}}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: init, image: "init:1"}]
      containers:
      - name: new
        image: new:1
      - name: web
        image: web:2
        args: [c]
        env: [{name: NEW, value: "3"}, {name: KEEP, value: "1"}]
        ports: [{containerPort: 80, name: http}]
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, configMap: {name: conf}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: c, port: 82}, {name: a, port: 80}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {"10": ten, "9": nine!}
---
apiVersion: example.com/v1
kind: Site
metadata: {name: home}
spec: {host: b.example, paths: [{name: z}], deep: {er: {}}}
`

/** Another client's changes between two applies. */
async function meddle(cluster: TestCluster, namespace: string): Promise<void> {
  const change = {
    metadata: { labels: { other: 'x' }, finalizers: ['example.com/hold'] },
    spec: {
      replicas: 5,
      template: {
        spec: {
          containers: [
            { name: 'web', image: 'hacked', env: [{ name: 'OTHER', value: '4' }] },
            { name: 'sidecar', image: 's:1' },
          ],
        },
      },
    },
  }
  await cluster.client.patch(Deployments, { name: 'web', namespace }, change, { type: 'strategic' })
}

type Tool = 'ours' | 'kubectl'

describe.each(kubectlVersions)('%s', (version) => {
  // An old kubectl creates custom resources with their nulls; a new one, and ours, omits these.
  const begin = version === 'kubectl.1.27' ? first.replace(', nothing: null', '') : first
  const program = findKubectl(version)
  if (!program) {
    test.skip(`${version} is not on this machine`, () => {})
    return
  }
  let cluster: TestCluster
  let kubectl: TestKubectl
  beforeAll(async () => {
    cluster = await startCluster()
    await cluster.apply(definition)
    kubectl = testKubectl(program, readFileSync(await cluster.kubeconfigFile(), 'utf8'))
  })
  afterAll(async () => {
    kubectl.remove()
    await cluster.stop()
  })

  /** The outcome for each object, in order: `configured`. */
  async function applyBy(tool: Tool, text: string, namespace: string): Promise<string[]> {
    if (tool === 'kubectl') {
      const said = await kubectl.run('apply', '-n', namespace, '-f', kubectl.file('manifest.yaml', text))
      return said.split('\n').map((line) => line.split(' ')[1] ?? '')
    }
    const inNamespace = text.replaceAll('metadata: {', `metadata: {namespace: ${namespace}, `)
    return cluster.apply(inNamespace.replaceAll(/(template:\n *metadata: \{)namespace: [\w-]+, /g, '$1'))
  }

  /** Everything that is equal in two clusters with the same history. */
  async function state(namespace: string): Promise<unknown[]> {
    const { list } = cluster.in(namespace)
    const kinds = [list('Deployment'), list('Service'), list('ConfigMap'), list('Site.example.com')]
    const objects = (await Promise.all<Stored<KubeObject>[]>(kinds)).flat()
    return objects
      .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
      .map((object) => {
        const { metadata, spec, data } = object as KubeObject & { spec?: Record<string, unknown>; data?: unknown }
        const { clusterIP: _, clusterIPs: __, ...rest } = spec ?? {}
        const { name, labels, finalizers } = metadata ?? {}
        const { 'deployment.kubernetes.io/revision': ___, ...annotations } = metadata?.annotations ?? {}
        const text = JSON.stringify({ name, labels, annotations, finalizers, spec: rest, data })
        return JSON.parse(text.replaceAll(`"namespace\\":\\"${namespace}`, '"namespace\\":\\"NS')) as unknown
      })
  }

  const orders: [Tool, Tool][] = [
    ['ours', 'ours'],
    ['ours', 'kubectl'],
    ['kubectl', 'ours'],
  ]
  test('kubectl and apply in turn, in both orders, give what kubectl alone gives', async () => {
    async function play([one, other]: [Tool, Tool]) {
      const namespace = `${one}-${other}`
      await cluster.client.create(Namespaces, { metadata: { name: namespace } })
      const said = [await applyBy(one, begin, namespace)]
      await meddle(cluster, namespace)
      const meddled = await state(namespace)
      said.push(await applyBy(other, second, namespace))
      const after = await state(namespace)
      said.push(await applyBy(one, begin, namespace))
      return { said, meddled, after, back: await state(namespace) }
    }
    const wanted = await play(['kubectl', 'kubectl'])
    expect(wanted.said.flat()).toEqual([...Array(4).fill('created'), ...Array(8).fill('configured')])
    for (const order of orders) expect(await play(order), order.join()).toEqual(wanted)
  }, 60_000)

  test.each<[Tool, Tool]>([
    ['ours', 'kubectl'],
    ['kubectl', 'ours'],
  ])(
    'what %s has applied is unchanged for %s',
    async (one, other) => {
      const namespace = `unchanged-${one}`
      await cluster.client.create(Namespaces, { metadata: { name: namespace } })
      await applyBy(one, begin, namespace)
      expect(await applyBy(other, begin, namespace)).toEqual(Array(4).fill('unchanged'))
      await applyBy(one, second, namespace)
      expect(await applyBy(other, second, namespace)).toEqual(Array(4).fill('unchanged'))
    },
    30_000,
  )
})
