import { startCluster, type TestCluster } from '../cluster/cluster.ts'
import type { TestClusterOptions } from '../cluster/options.ts'
import type { FailureOptions } from './failures.ts'

/** The clusters that tests get: the options of `startCluster`, and these. */
export interface ClusterTestOptions extends TestClusterOptions, FailureOptions {
  /** Prepares the cluster, which settles then: `(cluster) => cluster.apply('./manifests')`. */
  prepare?(cluster: TestCluster): Promise<unknown>
  /**
   * True: `prepare` runs once for a file, and every test finds its result, from a snapshot. That is quicker if it takes long;
   * but time continues from test to test, and tests of a file cannot run at the same time. Default: each test has a new cluster.
   */
  fork?: boolean
}

/** Gives tests their clusters, one after the other. */
export interface Clusters {
  /** One for the next test. `failed` sees a cluster whose preparation failed. */
  next(failed: (cluster: TestCluster, error: unknown) => Promise<void>): Promise<TestCluster>
  /** The test is done with it. */
  done(cluster: TestCluster): Promise<void>
  /** After the last test. */
  end(): Promise<void>
}

export function clustersOf({ fork, prepare, failures: _, ...options }: ClusterTestOptions): Clusters {
  async function prepared(failed: Parameters<Clusters['next']>[0]): Promise<TestCluster> {
    const cluster = await startCluster(options)
    if (!prepare) return cluster
    try {
      await prepare(cluster)
      await cluster.settle()
      return cluster
    } catch (error) {
      await failed(cluster, error)
      await cluster.stop()
      throw error
    }
  }
  return fork ? forked(prepared) : { next: prepared, done: (cluster) => cluster.stop(), end: async () => {} }
}

/** One cluster, which each test finds as it was prepared. */
function forked(prepared: Clusters['next']): Clusters {
  let root: { cluster: TestCluster; restore(): Promise<void> } | undefined
  let isInUse = false
  return {
    async next(failed) {
      if (isInUse) throw new Error('the tests of a file that fork a cluster run one after the other, not concurrently')
      isInUse = true
      try {
        if (root) {
          await root.restore()
          return root.cluster
        }
        const cluster = await prepared(failed)
        const snapshot = await cluster.snapshot()
        root = { cluster, restore: () => cluster.restore(snapshot) }
        return cluster
      } catch (error) {
        isInUse = false
        throw error
      }
    },
    async done() {
      isInUse = false
    },
    async end() {
      await root?.cluster.stop()
      root = undefined
    },
  }
}
