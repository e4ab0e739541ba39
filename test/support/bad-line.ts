import type { Clock } from '../../src/api/clock.ts'
import type { Client } from '../../src/client/client.ts'
import { seededRandom } from '../../src/testing/time/random.ts'
import { flakyClient, type Trouble } from './flaky-client.ts'

/** What goes wrong on a line; what is not named does not. It may change while the line is in use. */
export type Troubles = Partial<Omit<Trouble, 'clock' | 'next'>>

/** For `line` of `startCluster`: the same seed has the same troubles at the same points. */
export function badLine(seed: number, troubles: Troubles): (client: Client, clock: Clock) => Client {
  const { next } = seededRandom(seed)
  return (client, clock) =>
    flakyClient(client, {
      clock,
      next,
      get failing() {
        return troubles.failing ?? 0
      },
      get lost() {
        return troubles.lost ?? 0
      },
      get lateMs() {
        return troubles.lateMs ?? 0
      },
      get breaking() {
        return troubles.breaking ?? 0
      },
    })
}
