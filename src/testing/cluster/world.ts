import type { Call, UserInfo } from '../../api/call.ts'
import { type Log, silentLog } from '../../api/log.ts'
import { type Random, systemRandom } from '../../api/random.ts'
import { type Audience, audience } from '../access/audience.ts'
import { type ActiveFaults, faultsOf, noFaults, type StrikingFaults } from '../faults/faults.ts'
import { countTraffic, type TrafficCounter } from '../faults/traffic.ts'
import { type Clocks, clocksOf } from '../time/clocks.ts'
import type { Loops } from '../time/failures.ts'
import { type Leaps, leapsOf } from '../time/leaps.ts'
import { type Activity, type Settling, untilQuiet } from '../time/quiet.ts'
import { seededRandom } from '../time/random.ts'
import type { TestClusterOptions } from './options.ts'

/** The base of a test cluster's parts: time, randomness, faults, and traffic counts. */
export interface World extends Clocks {
  log: Log
  random: Random
  traffic: TrafficCounter
  audience: Audience
  /** The parts that `settle` waits for. */
  parts: Set<Settling>
  /** Running control loops. */
  loops: Set<Loops>
  activity: Activity
  leaps: Leaps
  active: ActiveFaults
  faults: StrikingFaults
}

/** The administrator: the identity of a cluster's client. */
export const admin: UserInfo = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }

/** The same user without faults: for the test's own requests. */
export const tester: UserInfo = { ...admin }

export function worldOf(options: TestClusterOptions): World {
  const { log = silentLog, seed } = options
  const random = options.random ?? (seed === undefined ? systemRandom : seededRandom(seed))
  const traffic = countTraffic(isDull)
  const atPort = audience()
  const parts = new Set<Settling>()
  const loops = new Set<Loops>()
  const active = noFaults()
  const activity = { traffic, parts, loops, faults: active, expectsRequests: atPort.expectsRequests }
  const ownParts = options.line !== undefined || typeof options.controllers === 'function'
  const leaps = leapsOf(traffic, () => !ownParts && !active.any)
  const { clock, time } = clocksOf(options, async () => void (await untilQuiet(activity, 'work')), leaps.may)
  const faults = faultsOf(active, clock, traffic)
  return { log, random, traffic, audience: atPort, parts, loops, activity, leaps, clock, time, active, faults }
}

/** Requests to leave out of a SettleError: the test's own reads, and heartbeats. */
const isDull = ({ user, verb, resource }: Call): boolean =>
  user === tester ||
  (user.name.startsWith('system:node:') && verb !== 'create' && (resource === 'leases' || resource === 'nodes'))
