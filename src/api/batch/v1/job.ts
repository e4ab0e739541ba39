import { podSetDocs } from '../../core/pod-set-docs.ts'
import { PodTemplateSpec } from '../../core/v1/pod.ts'
import { defaults } from '../../machinery/schema/defaults.ts'
import { bool, int32, int64, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { batch } from './package.ts'

export const PodFailurePolicyOnExitCodesRequirement = batch.message('PodFailurePolicyOnExitCodesRequirement', {
  containerName: string(1).explicit(),
  operator: string(2).required().oneOf('In', 'NotIn'),
  values: list(3, int32).required().set(),
})
export interface PodFailurePolicyOnExitCodesRequirement extends TypeOf<typeof PodFailurePolicyOnExitCodesRequirement> {}

export const PodFailurePolicyOnPodConditionsPattern = batch.message('PodFailurePolicyOnPodConditionsPattern', {
  type: string(1).required(),
  status: string(2).default('True'),
})
export interface PodFailurePolicyOnPodConditionsPattern extends TypeOf<typeof PodFailurePolicyOnPodConditionsPattern> {}

export const PodFailurePolicyRule = batch.message('PodFailurePolicyRule', {
  action: string(1).required().oneOf('Count', 'FailIndex', 'FailJob', 'Ignore'),
  onExitCodes: ref(2, PodFailurePolicyOnExitCodesRequirement),
  onPodConditions: list(3, PodFailurePolicyOnPodConditionsPattern).atomic(),
})
export interface PodFailurePolicyRule extends TypeOf<typeof PodFailurePolicyRule> {}

export const PodFailurePolicy = batch.message('PodFailurePolicy', {
  rules: list(1, PodFailurePolicyRule).required().atomic(),
})
export interface PodFailurePolicy extends TypeOf<typeof PodFailurePolicy> {}

export const SuccessPolicyRule = batch.message('SuccessPolicyRule', {
  succeededIndexes: string(1).explicit(),
  succeededCount: int32(2).explicit(),
})
export interface SuccessPolicyRule extends TypeOf<typeof SuccessPolicyRule> {}

export const SuccessPolicy = batch.message('SuccessPolicy', {
  rules: list(1, SuccessPolicyRule).required().atomic(),
})
export interface SuccessPolicy extends TypeOf<typeof SuccessPolicy> {}

export const JobSpec = batch.message('JobSpec', 'Which pods, and how many have to succeed.', {
  parallelism: int32(1, 'At most so many run at a time.').explicit(),
  completions: int32(2, 'So many pods have to succeed.').explicit(),
  activeDeadlineSeconds: int64(3, 'Seconds after which the job is ended.').explicit(),
  selector: ref(4, LabelSelector),
  manualSelector: bool(5).explicit(),
  template: ref(6, PodTemplateSpec, podSetDocs.template).required(),
  backoffLimit: int32(7, 'So many failures before the job counts as failed.').explicit(),
  ttlSecondsAfterFinished: int32(8, 'Seconds after its end that the job is deleted.').explicit(),
  completionMode: string(9, 'NonIndexed, or Indexed: each pod has a number.').explicit().oneOf('NonIndexed', 'Indexed'),
  suspend: bool(10, 'True: no pods run.').explicit(),
  podFailurePolicy: ref(11, PodFailurePolicy),
  backoffLimitPerIndex: int32(12).explicit(),
  maxFailedIndexes: int32(13).explicit(),
  podReplacementPolicy: string(14).explicit().oneOf('Failed', 'TerminatingOrFailed'),
  managedBy: string(15).explicit(),
  successPolicy: ref(16, SuccessPolicy),
})
export interface JobSpec extends TypeOf<typeof JobSpec> {}

export const JobCondition = batch.message('JobCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastProbeTime: time(3),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
})
export interface JobCondition extends TypeOf<typeof JobCondition> {}

export const UncountedTerminatedPods = batch.message('UncountedTerminatedPods', {
  succeeded: list(1, string).set(),
  failed: list(2, string).set(),
})
export interface UncountedTerminatedPods extends TypeOf<typeof UncountedTerminatedPods> {}

export const JobStatus = batch.message('JobStatus', {
  conditions: list(1, JobCondition).atomic().patch('merge', 'type'),
  startTime: time(2),
  completionTime: time(3),
  active: int32(4),
  succeeded: int32(5),
  failed: int32(6),
  completedIndexes: string(7),
  uncountedTerminatedPods: ref(8, UncountedTerminatedPods),
  ready: int32(9).explicit(),
  failedIndexes: string(10).explicit(),
  terminating: int32(11).explicit(),
})
export interface JobStatus extends TypeOf<typeof JobStatus> {}

export const Job = batch.kind('Job', 'Runs pods until enough of them have succeeded.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, JobSpec),
  status: ref(3, JobStatus),
})
export interface Job extends TypeOf<typeof Job> {}
export const JobList = batch.listOf(Job)
export const Jobs = batch.resource(Job, 'jobs', { namespaced: true })
defaults(Job, (job) => {
  const { spec, metadata } = job
  if (!spec) return
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  const labels = spec.template?.metadata?.labels
  if (labels && metadata && !Object.keys(metadata.labels ?? {}).length) metadata.labels = { ...labels }
  fillSpec(spec)
})

/** Of Jobs only: the template of a CronJob is left as it is. */
function fillSpec(spec: JobSpec): void {
  spec.parallelism ??= 1
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  /** With a limit per index there is none for the whole, but the field is never empty. */
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
}
