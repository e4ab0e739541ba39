/**
 * `k8ts/vitest`: tests with a cluster, for Vitest 3.2, 4 and 5.
 *
 *     import { expect, test } from 'k8ts/vitest'
 *
 *     test('gets ready', async ({ cluster }) => {
 *       await cluster.apply('./manifests')
 *       await cluster.settle()
 *       expect(await cluster.get('Deployment', 'web')).toBeReady()
 *     })
 *
 * Importing it adds the matchers to Vitest's own `expect`, too. When a test fails, the cluster's objects, events and
 * timeline are in a file whose path stands in the failure.
 *
 * @module k8ts/vitest
 */
import { afterAll, test as base, expect, type TestAPI } from 'vitest'
import type { TestCluster } from '../cluster/cluster.ts'
import { freshNamespace, type TestNamespace } from '../vitest/fixture.ts'
import { type EventPattern, matchers } from '../vitest/matchers.ts'
import { type ClusterTestOptions, clustersOf } from './clusters.ts'
import { forgetFailure, reportFailure, withMention } from './failures.ts'

export type { ClusterTestOptions } from './clusters.ts'
export type { FailureOptions } from './failures.ts'
export { expect }

expect.extend(matchers)

/** What a test gets. */
export interface ClusterTestContext {
  /** A cluster of the test's own. */
  cluster: TestCluster
  /** A namespace in it that nothing else uses. */
  namespace: TestNamespace
}

type Use<T> = (value: T) => Promise<void>

/** What this uses of Vitest's tasks; all versions have it. */
interface Task {
  id: string
  name: string
  suite?: Task
  file: { filepath: string }
  result?: { state?: string; errors?: { message: string; stack?: string }[] }
}

const nameOf = ({ name, suite }: Task): string =>
  suite?.suite ? `${nameOf(suite)} ${name}` : `${suite?.name ?? ''} ${name}`.trim()

/**
 * A `test` whose clusters have these options:
 *
 *     const test = clusterTest({ nodes: 3, prepare: (cluster) => cluster.apply('./manifests') })
 */
export function clusterTest(options: ClusterTestOptions = {}): TestAPI<ClusterTestContext> {
  const clusters = clustersOf(options)
  // Vitest 3 tells fixtures of a whole file apart by their names alone; so this is none.
  if (options.fork) afterAll(() => clusters.end())
  const fixtures = {
    cluster: async ({ task }: { task: Task }, use: Use<TestCluster>) => {
      const ran = { id: task.id, file: task.file.filepath, name: nameOf(task) }
      const report = async (cluster: TestCluster, error: unknown) => {
        const path = await reportFailure(cluster, { ...ran, error }, options)
        if (path) withMention(error, path)
      }
      const cluster = await clusters.next(report)
      await use(cluster)
      const { state, errors: [first] = [] } = task.result ?? {}
      if (state === 'fail') await report(cluster, first)
      else await forgetFailure(ran, options)
      await clusters.done(cluster)
    },
    namespace: async ({ cluster }: { cluster: TestCluster }, use: Use<TestNamespace>) => {
      await use(await freshNamespace(cluster))
    },
  }
  // The versions of Vitest type fixtures differently; what a test gets of them is the same.
  const extendable = base as unknown as { extend(given: object): unknown }
  return extendable.extend(fixtures) as TestAPI<ClusterTestContext>
}

/** With a cluster of three nodes, new for each test. */
export const test: TestAPI<ClusterTestContext> = clusterTest({ nodes: 3 })

declare global {
  // All versions of Vitest derive the type of `expect(...)` from this one.
  namespace Chai {
    interface Assertion {
      /** A Pod or Node that is Ready, a workload all of whose replicas are, a Job that is complete. */
      toBeReady(): void
      /** `expect(pod).toHaveCondition('Ready', 'False', 'ContainersNotReady')` */
      toHaveCondition(type: string, status?: 'True' | 'False' | 'Unknown', reason?: string): void
      /** One of its owners is this object. */
      toBeOwnedBy(owner: object): void
      /** It is one of those that hold up the object's end. */
      toHaveFinalizer(finalizer: string): void
      /** With this value, if one is given. */
      toHaveLabel(label: string, value?: string): void
      /** Of `await cluster.events()`; of the cluster itself it is a promise. */
      toHaveEvent(pattern: EventPattern): Promise<void>
    }
  }
}
