/**
 * `k8ts/jest`: tests with a cluster, for Jest 29 and 30.
 *
 *     import { expect, test } from 'k8ts/jest'
 *
 *     test('gets ready', async ({ cluster }) => {
 *       await cluster.apply('./manifests')
 *       await cluster.settle()
 *       expect(await cluster.get('Deployment', 'web')).toBeReady()
 *     })
 *
 * When a test fails, the cluster's objects, events and timeline are in a file whose path stands in the failure.
 *
 * @module k8ts/jest
 */
import { afterAll, expect as jestExpect, test as jestTest } from '@jest/globals'
import { type K8tsMatchers, matchers } from '../vitest/matchers.ts'
import type { ClusterTestOptions } from './clusters.ts'
import { type ClusterContext, type ClusterTestBody, withClusters } from './wrapped.ts'

export type { K8tsMatchers } from '../vitest/matchers.ts'
export type { ClusterTestOptions } from './clusters.ts'
export type { FailureOptions } from './failures.ts'
export type { ClusterContext, ClusterTestBody } from './wrapped.ts'

/** Jest's `expect`, with the matchers of k8ts. */
export type Expect = Omit<typeof jestExpect, never> &
  (<T = unknown>(
    actual: T,
  ) => ReturnType<typeof jestExpect<T>> &
    K8tsMatchers<void> & {
      not: K8tsMatchers<void>
      resolves: K8tsMatchers<Promise<void>>
      rejects: K8tsMatchers<Promise<void>>
    })

jestExpect.extend(matchers)

/** Jest's own, to which importing this has added the matchers. */
export const expect: Expect = jestExpect as unknown as Expect

/** `test` of Jest, whose body gets a cluster. `timeout` is in milliseconds. */
export interface JestClusterTest {
  (name: string, body: ClusterTestBody, timeout?: number): void
  /** Runs it alone. */
  only(name: string, body: ClusterTestBody, timeout?: number): void
  /** Does not run it. */
  skip(name: string, body: ClusterTestBody, timeout?: number): void
  /** Passes if the body fails. */
  failing(name: string, body: ClusterTestBody, timeout?: number): void
  /** Is still to be written. */
  todo(name: string): void
  /** One test for each row; the body gets the row and the cluster: `test.each([1, 2])('%i', async (n, { cluster }) => ...)`. */
  each<Row>(
    rows: readonly Row[],
  ): (name: string, body: (row: Row, context: ClusterContext) => unknown, timeout?: number) => void
}

/**
 * A `test` whose clusters have these options:
 *
 *     const test = clusterTest({ nodes: 3, prepare: (cluster) => cluster.apply('./manifests') })
 */
export function clusterTest(options: ClusterTestOptions = {}): JestClusterTest {
  const clusters = withClusters(options)
  afterAll(() => clusters.end())
  const running = (body: ClusterTestBody) => () =>
    clusters.run(
      (cluster) => body({ cluster }),
      () => {
        const { currentTestName: name = 'a test', testPath: file } = jestExpect.getState()
        return { name, file }
      },
    )
  const by =
    (define: (name: string, body: () => Promise<void>, timeout?: number) => void) =>
    (name: string, body: ClusterTestBody, timeout?: number) =>
      define(name, running(body), timeout)
  return Object.assign(by(jestTest), {
    only: by(jestTest.only),
    skip: by(jestTest.skip),
    failing: by(jestTest.failing),
    todo: (name: string) => jestTest.todo(name),
    each:
      <Row>(rows: readonly Row[]) =>
      (name: string, body: (row: Row, context: ClusterContext) => unknown, timeout?: number) =>
        // In a list of its own, so that Jest hands on a row that is a list as one.
        jestTest.each(rows.map((row) => [row]))(name, (row) => running((context) => body(row, context))(), timeout),
  })
}

/** With a cluster of three nodes, new for each test. */
export const test: JestClusterTest = clusterTest({ nodes: 3 })
