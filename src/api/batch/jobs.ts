import type { Job, JobCondition } from './v1/index.ts'

const ends = new Set(['Complete', 'Failed'])

/** The final condition of a Job; undefined: it has not ended. */
export const finished = ({ status }: Job): JobCondition | undefined =>
  status?.conditions?.find((condition) => ends.has(condition.type) && condition.status === 'True')
