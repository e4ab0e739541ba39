import { type Clock, systemClock } from '../../api/clock.ts'
import type { Log } from '../../api/log.ts'
import { textLog } from '../../api/log.ts'
import { type Random, systemRandom } from '../../api/random.ts'
import type { Client } from '../../client/client.ts'
import type { Informers } from '../../client/informers/informer.ts'
import { createInformers } from '../../client/informers/informers.ts'
import type { Context } from '../../controller/controller.ts'
import { eventRecorder } from '../../controller/events.ts'
import { logLine } from './log-line.ts'

/** The machine's own clock and chance, which every real component runs on. */
export const world: { clock: Clock; random: Random } = { clock: systemClock, random: systemRandom }

/** The log of one component: lines on standard error. */
export const logOf = (component: string, verbose = false): Log =>
  textLog(logLine, {
    clock: systemClock,
    component,
    level: verbose ? 'debug' : 'info',
  })

export interface ContextOptions {
  client: Client
  /** Names the component in its log lines and events. */
  component: string
  /** The node, if it runs on one. */
  host?: string
  verbose?: boolean
  /** Shared with other components of the process that use the same identity; default: its own. */
  informers?: Informers
}

/** The tools of a component. */
export function contextOf({ client, component, host, verbose, informers }: ContextOptions): Context {
  const log = logOf(component, verbose)
  return {
    ...world,
    client,
    log,
    informers: informers ?? createInformers({ ...world, client, log }),
    events: eventRecorder({ ...world, client, log, component, ...(host && { host }) }),
  }
}

/** Runs until SIGINT or SIGTERM, then calls `stop`. A second signal ends the process at once. */
export async function untilSignal(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  await stop()
  process.exit(0)
}
