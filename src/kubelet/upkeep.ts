import type { EvictionManager } from './eviction/manager.ts'
import type { ImageCollector } from './images/garbage.ts'
import { rotateLog } from './logs/rotate.ts'
import type { KubeletSettings } from './options.ts'
import { eventually, periodically } from './periodic.ts'
import { collectRuns } from './pods/garbage.ts'
import type { RuntimeCache } from './pods/runtime-cache.ts'
import type { PodWorkers } from './pods/workers.ts'

const relistMs = 1000
/** Makes up for lost events; a simulated runtime loses none. */
const relistWithEventsMs = 10_000
const relistSimulatedMs = 300_000
const collectMs = 60_000
const collectImagesMs = 300_000
const rotateMs = 10_000
const defaultPressureMs = 10_000

export interface UpkeepParts {
  settings: KubeletSettings
  workers: PodWorkers
  cache: RuntimeCache
  evictions: EvictionManager
  collector: ImageCollector
  /** Reads the runtime's whole state. */
  relist(): Promise<void>
}

export interface Upkeep {
  /** The machine has changed: checks for pressure soon. */
  look(): void
  stop(): void
}

/**
 * The periodic work of a node. A simulated node does it only for a reason: it loses no event, and thousands of them share a
 * process.
 */
export function startUpkeep(parts: UpkeepParts): Upkeep {
  const { settings, workers, evictions, relist } = parts
  const { ctx, runtime, host } = settings
  const pressure = eventually(ctx, 'look for pressure', pressureMs(settings), async () => {
    // Keep checking a simulated machine while it is under pressure.
    await evictions.synchronize().finally(() => {
      if (host.simulated && evictions.pressures.length > 0) pressure.ask()
    })
  })
  if (host.simulated && evictions.pressures.length > 0) pressure.ask()
  const ends = [
    runtime.onEvent(({ podUid }) => workers.wake(podUid)),
    periodically(ctx, 'relist', relistEvery(settings), relist),
    pressure.end,
    ...(host.simulated ? byReason(parts, pressure.ask) : byTheClock(parts)),
  ]
  return {
    look: pressure.ask,
    stop() {
      for (const end of ends) end()
    },
  }
}

const pressureMs = ({ eviction }: KubeletSettings): number => eviction?.periodMs ?? defaultPressureMs

function relistEvery({ relistMs: own, host, runtime }: KubeletSettings): number {
  if (own !== undefined) return own
  return host.simulated ? relistSimulatedMs : runtime.eventsSupported ? relistWithEventsMs : relistMs
}

function byReason({ settings, ...parts }: UpkeepParts, pressure: () => void): (() => void)[] {
  const { ctx, runtime } = settings
  const someDied = eventually(ctx, 'collect dead containers', collectMs, () => collectDead({ settings, ...parts }))
  const unlisten = runtime.onEvent(({ type }) => {
    if (type === 'STOPPED') someDied.ask()
    if (type === 'STARTED') pressure()
  })
  return [someDied.end, unlisten]
}

function byTheClock(parts: UpkeepParts): (() => void)[] {
  const { settings, evictions, collector } = parts
  const { ctx } = settings
  return [
    periodically(ctx, 'look for pressure', pressureMs(settings), () => evictions.synchronize()),
    periodically(ctx, 'collect dead containers', collectMs, () => collectDead(parts)),
    periodically(ctx, 'collect images', collectImagesMs, async () => void (await collector.collect())),
    periodically(ctx, 'rotate logs', rotateMs, () => rotateLogs(parts)),
  ]
}

async function collectDead({ settings, workers, cache }: UpkeepParts): Promise<void> {
  for (const { pod } of workers.all()) await collectRuns(cache.last(pod.metadata.uid), settings)
}

async function rotateLogs({ settings, workers, cache }: UpkeepParts): Promise<void> {
  const { ctx, runtime, host, logRotation = { maxBytes: 10 * 2 ** 20, maxFiles: 5 } } = settings
  for (const { pod } of workers.all())
    for (const run of cache.last(pod.metadata.uid).containers)
      if (run.state === 'RUNNING') await rotateLog(run, logRotation, { runtime, host, now: ctx.clock.now() })
}
