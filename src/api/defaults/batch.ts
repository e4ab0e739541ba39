import { Job, type JobSpec } from '../batch/v1/index.ts'
import { type Rule, rule } from './rule.ts'

export const batchRules: Rule[] = [
  rule(Job, (job) => {
    const { spec, metadata } = job
    if (!spec) return
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
    const labels = spec.template?.metadata?.labels
    if (labels && metadata && !Object.keys(metadata.labels ?? {}).length) metadata.labels = { ...labels }
    fillSpec(spec)
  }),
]

/** Of Jobs only: the template of a CronJob is left as it is. */
function fillSpec(spec: JobSpec): void {
  spec.parallelism ??= 1
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  /** With a limit per index there is none for the whole, but the field is never empty. */
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
}
