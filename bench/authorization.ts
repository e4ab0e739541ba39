import { systemClock } from '../src/api/clock.ts'
import { silentLog } from '../src/api/log.ts'
import { systemRandom } from '../src/api/random.ts'
import { authorizationOf } from '../src/apiserver/authz/modes.ts'
import { kubeApiServer } from '../src/apiserver/kube-apiserver.ts'
import { memoryStore } from '../src/store/memory.ts'
import type { Store } from '../src/store/store.ts'
import type { Bench, Benchmark } from './harness.ts'

/** What a decision costs in a cluster with many roles: as much as the user's own bindings, not all of them. */
export const benchmark: Benchmark = {
  summary: 'decisions of the authorizers Node and RBAC, with 10,000 Roles and as many bindings',
  async measure(bench) {
    const count = bench.quick ? 1000 : 10_000
    const results = await bench.repeat(`${count} roles and bindings`, 5, () => decisionsWith(count, bench))
    bench.figures(results, {
      first: ['first decision, which reads all bindings', 'ms'],
      median: ['a decision: median', 'us'],
      p99: ['99th percentile', 'us', { under: 50 }],
      changing: ['99th percentile while bindings change', 'us', { under: 50 }],
      node: ['a node and a Secret of one of its 110 pods: 99th percentile', 'us', { under: 50 }],
    })
  },
}

const namespaces = 100
const pods = 110

async function decisionsWith(count: number, bench: Bench) {
  const store = memoryStore({ clock: systemClock })
  await fill(store, count)
  const server = kubeApiServer({ store, clock: systemClock, random: systemRandom, log: silentLog })
  await server.started
  const { authorizer } = authorizationOf(undefined, { outbound: undefined, clock: systemClock })
  authorizer.attach?.(server.resources)
  const times = (many: number, one: (i: number) => unknown) => {
    const taken = Array.from({ length: many }, (_, i) => {
      const begin = performance.now()
      one(i)
      return (performance.now() - begin) * 1000
    })
    return taken.sort((a, b) => a - b)
  }
  // A user has ten bindings in one namespace. Half of what is asked is allowed by one of them.
  const ask = (i: number) =>
    authorizer.authorize({
      user: { name: `user-${(i * 7919) % (count / 10)}`, groups: ['devs', 'system:authenticated'] },
      verb: i % 2 ? 'get' : 'delete',
      group: '',
      version: 'v1',
      resource: 'configmaps',
      namespace: `ns-${((i * 7919) % (count / 10)) % namespaces}`,
      name: 'x',
    })
  const askAsNode = (i: number) =>
    authorizer.authorize({
      user: { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] },
      verb: 'get',
      group: '',
      version: 'v1',
      resource: 'secrets',
      namespace: 'default',
      name: `secret-${i % (2 * pods)}`,
    })
  const many = bench.quick ? 5000 : 50_000
  const [first = Number.NaN] = times(1, ask)
  times(many / 10, ask)
  const settled = times(many, ask)
  times(many / 10, askAsNode)
  const node = times(many, askAsNode)
  const changing: number[] = []
  for (let round = 0; round < 50; round++) {
    await putBinding(store, round, round + 1)
    changing.push(...times(many / 500, ask))
  }
  changing.sort((a, b) => a - b)
  await server.close()
  await store.close()
  return {
    first: first / 1000,
    median: at(settled, 0.5),
    p99: at(settled, 0.99),
    changing: at(changing, 0.99),
    node: at(node, 0.99),
  }
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN

const put = (store: Store, path: string, object: object, over = 0) =>
  store.put(`/registry/${path}`, new TextEncoder().encode(JSON.stringify(object)), over)

async function fill(store: Store, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const user = i % (count / 10)
    const namespace = `ns-${user % namespaces}`
    const rules = [
      { verbs: ['get', 'list', 'watch'], apiGroups: ['apps'], resources: ['deployments'] },
      { verbs: ['get'], apiGroups: [''], resources: ['pods', ...(i < count / 10 ? ['configmaps'] : [])] },
    ]
    const metadata = { name: `role-${i}`, namespace, uid: `r${i}`, creationTimestamp: '2026-01-01T00:00:00Z' }
    await put(store, `roles/${namespace}/role-${i}`, { kind: 'Role', apiVersion: rbac, metadata, rules })
    await putBinding(store, i, user, namespace)
  }
  for (let i = 0; i < pods; i++) {
    const metadata = { name: `pod-${i}`, namespace: 'default', uid: `p${i}`, creationTimestamp: '2026-01-01T00:00:00Z' }
    const containers = [{ name: 'c', image: 'i' }]
    const volumes = [{ name: 's', secret: { secretName: `secret-${i}` } }]
    const spec = { nodeName: 'n1', containers, volumes }
    await put(store, `pods/default/pod-${i}`, { kind: 'Pod', apiVersion: 'v1', metadata, spec, status: {} })
  }
}

const rbac = 'rbac.authorization.k8s.io/v1'

async function putBinding(store: Store, i: number, user: number, namespace = `ns-${user % namespaces}`): Promise<void> {
  const key = `rolebindings/${namespace}/role-${i}`
  const apiGroup = 'rbac.authorization.k8s.io'
  const present = await store.get(`/registry/${key}`)
  await put(
    store,
    key,
    {
      kind: 'RoleBinding',
      apiVersion: rbac,
      metadata: { name: `role-${i}`, namespace, uid: `b${i}`, creationTimestamp: '2026-01-01T00:00:00Z' },
      roleRef: { apiGroup, kind: 'Role', name: `role-${i}` },
      subjects: [{ kind: 'User', apiGroup, name: `user-${user}` }],
    },
    present?.revision ?? 0,
  )
}
