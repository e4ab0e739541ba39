import type { Clock } from '../api/clock.ts'
import type { Random } from '../api/random.ts'
import type { Log } from '../client/controller.ts'
import type { ControllerOptions } from '../controllers/index.ts'
import type { Store } from '../store/store.ts'

export interface TestClusterOptions {
  /** How many simulated nodes: `node-1`, `node-2`, ... Default 0. */
  nodes?: number
  /**
   * `'virtual'` (default): stands still but for `cluster.clock.advance`. `'real'`: the machine's. A clock of one's own, too.
   */
  clock?: 'virtual' | 'real' | Clock
  /** When virtual time begins. Default 2026-01-01T00:00:00Z. */
  start?: number | string
  /** The same seed gives the same names, uids, addresses and order of events. Default: chance. */
  seed?: number | string
  /** In place of `seed`. */
  random?: Random
  log?: Log
  /** Default: a memory store of its own. */
  store?: Store
  /** Of the controller manager. */
  controllers?: ControllerOptions
}
