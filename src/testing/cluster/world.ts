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

/** What is there before any part of a test cluster: time, chance, faults, and what is counted of the traffic. */
export interface World extends Clocks {
  log: Log
  random: Random
  traffic: TrafficCounter
  audience: Audience
  /** What the cluster waits for before it counts as settled. */
  parts: Set<Settling>
  /** Control loops that run. */
  loops: Set<Loops>
  activity: Activity
  leaps: Leaps
  active: ActiveFaults
  faults: StrikingFaults
}

/** The administrator: what a cluster's client asks as. */
export const admin: UserInfo = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }

/** The same user, but never struck by faults: what the test itself asks. */
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

/** What nobody wants to read of a cluster that does not settle: the test's own questions, and heartbeats. */
const isDull = ({ user, verb, resource, subresource }: Call): boolean =>
  user === tester ||
  (user.name.startsWith('system:node:') &&
    verb !== 'create' &&
    (resource === 'leases' || (resource === 'nodes' && subresource === 'status')))
