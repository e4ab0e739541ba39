export { cronJobs as CronJobs } from './cron-job.ts'
export { jobs as Jobs } from './job/job.ts'
