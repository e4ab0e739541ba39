import type { TestCluster } from '../cluster/cluster.ts'
import { type ClusterTestOptions, clustersOf } from './clusters.ts'
import { forgetFailure, type RanTest, reportFailure, withMention } from './failures.ts'

/** What a test gets. */
export interface ClusterContext {
  /** A cluster of the test's own. */
  cluster: TestCluster
}

/** The body of a test. */
export type ClusterTestBody<Context = ClusterContext> = (context: Context) => unknown

/** Runs bodies of tests, each with its cluster, and reports those that fail. For runners without fixtures. */
export function withClusters(options: ClusterTestOptions) {
  const clusters = clustersOf(options)
  return {
    /** `which`: asked within the test. */
    async run(body: (cluster: TestCluster) => unknown, which: () => RanTest) {
      const report = async (cluster: TestCluster, error: unknown) => {
        const path = await reportFailure(cluster, { ...which(), error }, options)
        if (path) withMention(error, path)
      }
      const cluster = await clusters.next(report)
      try {
        await body(cluster)
      } catch (error) {
        await report(cluster, error)
        throw error
      } finally {
        await clusters.done(cluster)
      }
      await forgetFailure(which(), options)
    },
    end: clusters.end,
  }
}
