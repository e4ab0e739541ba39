import type { CronJob, CronJobStatus, Job } from '../../api/batch/v1/index.ts'
import { formatTime } from '../../api/clock.ts'
import type { Stored } from '../../api/object.ts'
import { referenceTo } from '../../controller/events.ts'
import { jobName } from './job.ts'

/** One pass over a CronJob: its next status, and the events to record once that is written. */
export class Run {
  readonly cronJob: Stored<CronJob>
  status: CronJobStatus
  readonly news: ['Normal' | 'Warning', string, string][] = []

  constructor(cronJob: Stored<CronJob>) {
    this.cronJob = cronJob
    this.status = cronJob.status
  }

  get active() {
    return this.status.active ?? []
  }

  isActive({ metadata: { uid } }: Stored<Job>): boolean {
    return this.active.some((one) => one.uid === uid)
  }

  activate(job: Stored<Job>): void {
    if (!this.isActive(job)) this.status = { ...this.status, active: [...this.active, referenceTo(job as Job)] }
  }

  deactivate(uid: string): void {
    const { active: _, ...rest } = this.status
    const active = this.active.filter((one) => one.uid !== uid)
    this.status = { ...rest, ...(active.length > 0 && { active }) }
  }

  tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.news.push([type, reason, message])
  }

  /** This time has a Job already. */
  isHandled(due: number): boolean {
    const name = jobName(this.cronJob, due)
    return this.status.lastScheduleTime === formatTime(due) || this.active.some((one) => one.name === name)
  }
}
