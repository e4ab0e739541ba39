/**
 * `k8ts/testing`: a whole cluster inside a test. See docs/testing.md.
 *
 *     await using cluster = await startCluster({ nodes: 3 })
 *     await cluster.apply('./manifests')
 *     await cluster.settle()
 *
 * Without Node built-ins, but for what applying files and opening a port load when they are called.
 *
 * @module
 */

export * from './cluster.ts'
export {
  type ClusterFixtures,
  type ClusterFixtureTypes,
  clusterFixtures,
  freshNamespace,
  type Hooks,
  sharedCluster,
  type TestNamespace,
} from './fixture.ts'
export { type EventPattern, type K8tsMatchers, matchers } from './matchers.ts'
