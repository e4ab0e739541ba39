import { messageOf } from '../../api/errors.ts'
import { keyOf } from '../../api/object.ts'
import type { Run } from './run.ts'
import { missedSince, type Schedule, scheduleOf } from './schedule.ts'

const tooManyMissed = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'

/** The times at which CronJobs are due. Reads a schedule once, and reports a missed time once. */
export function dueTimes() {
  /** Schedules, as last parsed. */
  const schedules = new Map<string, { text: string; zone: string | undefined; read: Schedule }>()
  /** The missed times already reported. */
  const reported = new Map<string, number>()

  function schedule(run: Run): Schedule | undefined {
    const { schedule: text, timeZone } = run.cronJob.spec
    const key = keyOf(run.cronJob)
    const known = schedules.get(key)
    if (known?.text === text && known.zone === timeZone) return known.read
    try {
      const read = scheduleOf(text, timeZone)
      schedules.set(key, { text, zone: timeZone, read })
      return read
    } catch (error) {
      if (error instanceof RangeError)
        run.tell('Warning', 'UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}: ${messageOf(error)}`)
      else
        run.tell('Warning', 'UnparseableSchedule', `unparseable schedule ${JSON.stringify(text)} : ${messageOf(error)}`)
      return undefined
    }
  }

  /** The latest time that has no Job yet and may still get one. */
  function due(run: Run, schedule: Schedule, now: number): number | undefined {
    const { metadata, spec } = run.cronJob
    const last = Date.parse(run.status.lastScheduleTime ?? metadata.creationTimestamp)
    const { startingDeadlineSeconds } = spec
    const horizon = startingDeadlineSeconds === undefined ? undefined : now - Number(startingDeadlineSeconds) * 1000
    try {
      // A time that is exactly as old as the deadline allows still counts.
      const missed = missedSince(schedule, Math.max(last, (horizon ?? last) - 1), now)
      if (missed.tooMany) run.tell('Warning', 'TooManyMissedTimes', tooManyMissed)
      if (missed.latest === undefined && horizon !== undefined && horizon > last)
        reportMiss(run, schedule, last, horizon)
      return missed.latest
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      run.tell('Warning', 'InvalidSchedule', `invalid schedule schedule: ${spec.schedule} : ${messageOf(error)}`)
      return undefined
    }
  }

  /** Reports once that the latest time was missed. */
  function reportMiss(run: Run, schedule: Schedule, last: number, horizon: number): void {
    const { latest } = missedSince(schedule, last, horizon)
    const key = keyOf(run.cronJob)
    if (latest === undefined || reported.get(key) === latest) return
    reported.set(key, latest)
    const time = new Date(latest).toUTCString().replace('GMT', 'UTC')
    run.tell('Warning', 'MissSchedule', `Missed scheduled time to start a job: ${time}`)
  }

  /** A CronJob is gone. */
  function forget(key: string): void {
    schedules.delete(key)
    reported.delete(key)
  }

  return { schedule, due, forget }
}
