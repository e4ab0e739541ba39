/**
 * `k8ts/node-test`: tests with a cluster, for Node's own runner.
 *
 *     import assert from 'node:assert/strict'
 *     import { test } from 'k8ts/node-test'
 *
 *     test('gets ready', async ({ cluster }) => {
 *       await cluster.apply('./manifests')
 *       await cluster.settle()
 *       assert.equal((await cluster.get('Deployment', 'web')).status.readyReplicas, 3)
 *     })
 *
 * When a test fails, the cluster's objects, events and timeline are in a file whose path stands in the failure.
 *
 * @module k8ts/node-test
 */
import { after, test as nodeTest } from 'node:test'
import type { ClusterTestOptions } from './clusters.ts'
import { type ClusterContext, type ClusterTestBody, withClusters } from './wrapped.ts'

export type { ClusterTestOptions } from './clusters.ts'
export type { FailureOptions } from './failures.ts'
export type { ClusterContext, ClusterTestBody } from './wrapped.ts'

/** What a test gets: its cluster, and node:test's own context. */
export interface NodeTestContext extends ClusterContext {
  /** For subtests, diagnostics, mocks: what node:test hands to a test. Typed as you need it: `t as TestContext`. */
  t: unknown
}

/** The options of `test` of node:test that are passed on. */
export interface NodeTestOptions {
  concurrency?: number | boolean
  only?: boolean
  skip?: boolean | string
  todo?: boolean | string
  /** Milliseconds. */
  timeout?: number
}

/** `test` of node:test, whose body gets a cluster. */
export interface NodeClusterTest {
  (name: string, body: ClusterTestBody<NodeTestContext>): Promise<void>
  (name: string, options: NodeTestOptions, body: ClusterTestBody<NodeTestContext>): Promise<void>
  /** Runs it alone. */
  only(name: string, body: ClusterTestBody<NodeTestContext>): Promise<void>
  /** Does not run it. */
  skip(name: string, body: ClusterTestBody<NodeTestContext>): Promise<void>
  /** Is still to be written. */
  todo(name: string, body: ClusterTestBody<NodeTestContext>): Promise<void>
}

/**
 * A `test` whose clusters have these options:
 *
 *     const test = clusterTest({ nodes: 3, prepare: (cluster) => cluster.apply('./manifests') })
 */
export function clusterTest(options: ClusterTestOptions = {}): NodeClusterTest {
  const clusters = withClusters(options)
  after(() => clusters.end())
  async function define(
    name: string,
    how: NodeTestOptions | ClusterTestBody<NodeTestContext>,
    given: ClusterTestBody<NodeTestContext> = async () => {},
  ): Promise<void> {
    const [own, body] = typeof how === 'function' ? [{}, how] : [how, given]
    await nodeTest(name, own, async (t) => {
      const { filePath, fullName = name } = t as { filePath?: string; fullName?: string }
      await clusters.run(
        (cluster) => body({ cluster, t }),
        () => ({ file: filePath, name: fullName }),
      )
    })
  }
  return Object.assign(define, {
    only: (name: string, body: ClusterTestBody<NodeTestContext>) => define(name, { only: true }, body),
    skip: (name: string, body: ClusterTestBody<NodeTestContext>) => define(name, { skip: true }, body),
    todo: (name: string, body: ClusterTestBody<NodeTestContext>) => define(name, { todo: true }, body),
  })
}

/** With a cluster of three nodes, new for each test. */
export const test: NodeClusterTest = clusterTest({ nodes: 3 })
