import type { Job, JobCondition } from './v1/index.ts'

const ends = new Set(['Complete', 'Failed'])

/** The condition that says how a Job has ended; undefined: it has not. */
export const finished = ({ status }: Job): JobCondition | undefined =>
  status?.conditions?.find((condition) => ends.has(condition.type) && condition.status === 'True')
