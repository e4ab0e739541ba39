/**
 * `k8ts/testing`: a whole cluster inside a test. See docs/testing.md.
 *
 *     await using cluster = await startCluster({ nodes: 3 })
 *     await cluster.apply('./manifests')
 *     await cluster.settle()
 *
 * Uses no Node built-ins, except that applying files and opening a port load some when called.
 *
 * @module k8ts/testing
 */

export type { Applied } from '../client/manifests/apply-object.ts'
export type { Manifests } from './cluster/apply.ts'
// As a star: so a module that declares more kinds adds to them.
export type * from './cluster/builtin-kinds.ts'
export * from './cluster/cluster.ts'
export type { Duration } from './duration.ts'
export {
  type ClusterFixtures,
  type ClusterFixtureTypes,
  clusterFixtures,
  freshNamespace,
  type Hooks,
  sharedCluster,
  type TestNamespace,
} from './vitest/fixture.ts'
export { type EventPattern, type K8tsMatchers, type MatcherResult, matchers } from './vitest/matchers.ts'
