import type { Clock } from '../../api/clock.ts'
import type { Log } from '../../api/log.ts'
import type { Random } from '../../api/random.ts'
import type { Client } from '../../client/client.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import type { ControllerOptions } from '../../controllers/index.ts'
import type { Store } from '../../store/store.ts'
import { type Checks, check, checkGiven, isCount, isFunction, isObject, isPart, isYesOrNo } from '../given.ts'
import type { Webhooks } from './webhooks.ts'

/** Options of a test cluster; all are optional. */
export interface TestClusterOptions {
  /** Number of simulated nodes: `node-1`, `node-2`, ... Default 0. */
  nodes?: number
  /**
   * `'virtual'` (default): stands still except for `cluster.clock.advance`. `'real'`: the machine's. Or a clock of your own.
   */
  clock?: 'virtual' | 'real' | Clock
  /** When virtual time begins. Default 2026-01-01T00:00:00Z. */
  start?: number | string | Date
  /** The same seed gives the same names, uids, addresses and order of events. Default: random. */
  seed?: number | string
  /** In place of `seed`. */
  random?: Random
  /** Receives the components' log. Default: dropped. */
  log?: Log
  /** Default: a memory store of its own. */
  store?: Store
  /**
   * Freezes the objects that the cluster returns: code that changes one throws a TypeError. In production it would change the
   * object for the whole process. Default true.
   */
  freezes?: boolean
  /** Options of the controller manager; or control loops that replace all of its own: `() => []` for none. */
  controllers?: ControllerOptions | ((ctx: Context) => Controller[])
  /** Answers for every webhook that the API server calls, of admission or conversion. Without it, they cannot be reached. */
  webhooks?: Webhooks
  /**
   * Wraps the connection of controllers and scheduler to the API server: to disturb it or record it. They may take a while to
   * start, so give them time.
   */
  line?(client: Client, clock: Clock): Client
}

/** @throws TypeError that names what is wrong */
export const checkOptions = (options: TestClusterOptions): void => checkGiven('startCluster', options, optionChecks)

const isClock = isPart("'virtual', 'real', or a clock", 'now', 'after')
const optionChecks: Checks<TestClusterOptions> = {
  nodes: isCount(0),
  clock: (value) => (value === 'virtual' || value === 'real' ? undefined : isClock(value)),
  start: check('a time: milliseconds, a date, or its text', (value) =>
    Number.isFinite(new Date(value as number | string | Date).getTime()),
  ),
  seed: check('a number or a text', (value) => typeof value === 'number' || typeof value === 'string'),
  random: isPart('a source of chance', 'next', 'uuid'),
  log: isPart('a log', 'debug', 'info', 'warn', 'error'),
  store: isPart('a store', 'get', 'list', 'put', 'watch'),
  freezes: isYesOrNo,
  controllers: check(
    'options, or a function that makes controllers',
    (value) => typeof value === 'function' || isObject(value),
  ),
  webhooks: isFunction,
  line: isFunction,
}
