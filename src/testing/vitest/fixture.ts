import type { Node } from '../../api/core/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { DeleteOptions } from '../../client/client.ts'
import { startCluster, type TestCluster } from '../cluster/cluster.ts'
import type { Kind, QualifiedKind } from '../cluster/kinds.ts'
import type { NamespaceObjects } from '../cluster/namespace.ts'
import type { TestClusterOptions } from '../cluster/options.ts'

/** A namespace of one test's own: `test-1`, `test-2` ... */
export interface TestNamespace extends NamespaceObjects, AsyncDisposable {
  delete(kind: Kind | QualifiedKind | ResourceType, name: string, options?: DeleteOptions): Promise<void>
  /** Deletes the namespace with all that is in it, and waits until it is gone; pods of a node that is dead never go. */
  delete(): Promise<void>
}

/** Makes a namespace that no other test of this cluster has. */
export async function freshNamespace(cluster: TestCluster, prefix = 'test'): Promise<TestNamespace> {
  const all = new Set((await cluster.list('Namespace')).map(({ metadata }) => metadata.name))
  let count = 1
  while (all.has(`${prefix}-${count}`)) count++
  const name = `${prefix}-${count}`
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await cluster.settle()
  const remove = async () => {
    await cluster.delete('Namespace', name)
    await cluster.settle({
      until: async () => !(await cluster.list('Namespace')).some((n) => n.metadata.name === name),
    })
  }
  const objects = cluster.in(name)
  function deleteHere(): Promise<void>
  function deleteHere(kind: Kind | QualifiedKind | ResourceType, name: string, options?: DeleteOptions): Promise<void>
  function deleteHere(kind?: Kind | QualifiedKind | ResourceType, name = '', options?: DeleteOptions): Promise<void> {
    return kind === undefined ? remove() : objects.delete(kind, name, options)
  }
  return {
    ...objects,
    delete: deleteHere,
    [Symbol.asyncDispose]: remove,
  }
}

type Use<T> = (value: T) => Promise<void>

/**
 * Fixtures for Vitest's `test.extend`: `cluster`, one for all tests of a file, and `namespace`, a fresh one for each
 * test that asks for it, after which nodes work again and faults are gone.
 */
export function clusterFixtures(options: TestClusterOptions = {}): ClusterFixtures {
  return {
    cluster: [
      // biome-ignore lint/correctness/noEmptyPattern: Vitest reads here which fixtures are needed
      async ({}: object, use: Use<TestCluster>) => {
        await using cluster = await startCluster(options)
        await use(cluster)
      },
      { scope: 'file' },
    ],
    namespace: async ({ cluster }, use) => {
      await using namespace = await freshNamespace(cluster)
      await use(namespace)
      // The next test finds a whole cluster; and pods of a node that is dead would never go.
      cluster.faults.clear()
      await mendNodes(cluster)
    },
  }
}

/** All nodes work, and take pods; that some were short of something lasts for minutes of the cluster's time. */
async function mendNodes(cluster: TestCluster): Promise<void> {
  for (const node of cluster.nodes) {
    await node.recover()
    node.skewClock(0)
    for (const kind of ['memory', 'disk', 'pid'] as const) node.pressure(kind, false)
    if ((await cluster.get('Node', node.name)).spec.unschedulable) await node.uncordon()
  }
  const isOwn = (name: string) => cluster.nodes.some((node) => node.name === name)
  const isTainted = (node: Node) => node.spec?.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/')) ?? false
  await cluster.settle({
    until: async () => !(await cluster.list('Node')).some((node) => isOwn(node.metadata.name) && isTainted(node)),
  })
}

/** In the form that `test.extend<ClusterFixtureTypes>` takes. */
export interface ClusterFixtures {
  /** One for each file. */
  cluster: [(context: object, use: Use<TestCluster>) => Promise<void>, { scope: 'file' }]
  /** One for each test. */
  namespace: (context: { cluster: TestCluster }, use: Use<TestNamespace>) => Promise<void>
}

/** What tests get of it. */
export interface ClusterFixtureTypes {
  /** Shared by the tests of a file. */
  cluster: TestCluster
  /** The test's own. */
  namespace: TestNamespace
}

/** The hooks of Jest, Vitest and node:test. */
export interface Hooks {
  /** Before the first test; node:test calls it `before`. */
  beforeAll(run: () => Promise<void>): void
  /** Before each test. */
  beforeEach(run: () => Promise<void>): void
  /** After the last test; node:test calls it `after`. */
  afterAll(run: () => Promise<void>): void
}

/**
 * One cluster for all tests of a file, that every test finds as `prepare` has left it:
 *
 *     const cluster = sharedCluster({ beforeAll, beforeEach, afterAll }, { nodes: 3 }, (c) => c.apply('./manifests'))
 *     test('...', () => cluster().get('Deployment', 'web'))
 */
export function sharedCluster(
  { beforeAll, beforeEach, afterAll }: Hooks,
  options: TestClusterOptions = {},
  prepare: (cluster: TestCluster) => Promise<unknown> = async () => {},
): () => TestCluster {
  let cluster: TestCluster | undefined
  let restore = async () => {}
  const present = () => {
    if (!cluster) throw new Error('the cluster is there in tests and hooks only')
    return cluster
  }
  beforeAll(async () => {
    const made = await startCluster(options)
    cluster = made
    await prepare(made)
    await made.settle()
    const snapshot = await made.snapshot()
    restore = () => made.restore(snapshot)
  })
  let isFirst = true
  beforeEach(async () => {
    if (!isFirst) await restore()
    isFirst = false
  })
  afterAll(async () => cluster?.stop())
  return present
}
