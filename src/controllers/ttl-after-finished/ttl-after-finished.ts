import { finished } from '../../api/batch/jobs.ts'
import { type Job, Jobs } from '../../api/batch/v1/index.ts'
import { ifFound } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import { splitKey } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { watch } from '../../controller/watches.ts'

/** Deletes Jobs and their dependents `ttlSecondsAfterFinished` after they have finished. (KEP-592) */
export function ttlAfterFinishedController({ client, clock, informers }: Context): Controller {
  const jobs = informers.of(Jobs)

  async function reconcile(key: string): Promise<{ requeueAfterMs: number } | undefined> {
    const known = jobs.get(key)
    const left = known && timeLeft(known, clock.now())
    if (left === undefined) return undefined
    if (left > 0) return { requeueAfterMs: left }
    // A user may have extended its time since.
    const live = await ifFound(client.get(Jobs, splitKey(key)))
    const still = live && timeLeft(live, clock.now())
    if (!live || still === undefined) return undefined
    if (still > 0) return { requeueAfterMs: still }
    const { uid, resourceVersion } = live.metadata
    const preconditions = { uid, resourceVersion }
    await ifFound(client.delete(Jobs, splitKey(key), { propagationPolicy: 'Foreground', preconditions }))
    return undefined
  }

  return { name: 'ttl-after-finished', watches: [watch(Jobs)], reconcile }
}

/** Milliseconds that a finished Job has left; undefined: it stays, or is being deleted already. */
function timeLeft(job: Stored<Job>, now: number): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec
  const end = finished(job)?.lastTransitionTime
  if (ttlSecondsAfterFinished === undefined || !end || job.metadata.deletionTimestamp) return undefined
  return Date.parse(end) + ttlSecondsAfterFinished * 1000 - now
}
