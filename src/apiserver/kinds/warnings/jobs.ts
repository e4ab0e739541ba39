import type { JobSpec } from '../../../api/batch/v1/index.ts'
import { templateWarnings } from './pod-template.ts'

const tooMuch =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail'

export function jobWarnings(spec: JobSpec | undefined, field: string): string[] {
  if (!spec) return []
  const { completionMode, completions = 0, parallelism = 0 } = spec
  return [
    ...(completionMode === 'Indexed' && completions > 100_000 && parallelism > 10_000 ? [`${field}: ${tooMuch}`] : []),
    ...templateWarnings(spec.template, `${field}.template`),
  ]
}
