import { type Job, JobSpec, PodFailurePolicyRule } from '../../../../api/batch/v1/index.ts'
import type { Container, PodTemplateSpec } from '../../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import type { Stored } from '../../../../api/object.ts'
import { equal, immutable, notNegative, unchanged } from '../../rules/checks.ts'
import { byteLength } from '../../rules/data.ts'
import { domainPath } from '../../rules/domain-path.ts'
import { rule } from '../../rules/walk.ts'

const maxIndexed = 100_000
const maxManagedBy = 63

export const restartPolicies = 'valid values: "OnFailure", "Never"'

export const jobRules = [
  rule(
    JobSpec,
    {
      parallelism: notNegative,
      completions: notNegative,
      activeDeadlineSeconds: notNegative,
      backoffLimit: notNegative,
      backoffLimitPerIndex: notNegative,
      maxFailedIndexes: notNegative,
      ttlSecondsAfterFinished: notNegative,
      managedBy: (value, field) => [
        ...domainPath(value, field),
        ...(byteLength(value ?? '') > maxManagedBy ? [fieldError.tooLong(field, maxManagedBy)] : []),
      ],
    },
    (spec, field) => {
      const errors: FieldError[] = []
      const { completionMode, completions, parallelism = 0, template } = spec
      if (completionMode === 'Indexed') {
        if (completions === undefined)
          errors.push(fieldError.required(`${field}.completions`, 'when completion mode is Indexed'))
        if (parallelism > maxIndexed)
          errors.push(
            fieldError.invalid(
              `${field}.parallelism`,
              parallelism,
              `must be less than or equal to ${maxIndexed} when completion mode is Indexed`,
            ),
          )
      } else
        for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'] as const)
          if (spec[name] !== undefined)
            errors.push(fieldError.invalid(`${field}.${name}`, spec[name], 'requires indexed completion mode'))
      if (!template?.spec) errors.push(fieldError.required(`${field}.template.spec.containers`))
      const policy = template?.spec?.restartPolicy
      if (!policy || policy === 'Always')
        errors.push(fieldError.required(`${field}.template.spec.restartPolicy`, restartPolicies))
      else if (policy !== 'OnFailure' && policy !== 'Never')
        errors.push(fieldError.notSupported(`${field}.template.spec.restartPolicy`, policy, ['OnFailure', 'Never']))
      else if (spec.podFailurePolicy && policy !== 'Never')
        errors.push(
          fieldError.invalid(
            `${field}.template.spec.restartPolicy`,
            policy,
            'only "Never" is supported when podFailurePolicy is specified',
          ),
        )
      return errors
    },
  ),
  rule(PodFailurePolicyRule, {}, ({ onExitCodes, onPodConditions }, field) => {
    if (onExitCodes && onPodConditions?.length)
      return [fieldError.invalid(field, {}, 'specifying both OnExitCodes and OnPodConditions is not supported')]
    return onExitCodes || onPodConditions?.length
      ? []
      : [fieldError.invalid(field, {}, 'specifying one of OnExitCodes and OnPodConditions is required')]
  }),
]

export function validateJobUpdate({ spec }: Job, old: Stored<Job>): FieldError[] {
  if (!spec) return []
  const errors = [
    ...unchanged(spec.selector, old.spec.selector, 'spec.selector'),
    ...unchanged(spec.completionMode, old.spec.completionMode, 'spec.completionMode'),
    ...unchanged(spec.podFailurePolicy, old.spec.podFailurePolicy, 'spec.podFailurePolicy'),
    ...unchanged(spec.backoffLimitPerIndex, old.spec.backoffLimitPerIndex, 'spec.backoffLimitPerIndex'),
    ...unchanged(spec.managedBy, old.spec.managedBy, 'spec.managedBy'),
    ...unchanged(spec.successPolicy, old.spec.successPolicy, 'spec.successPolicy'),
  ]
  // An indexed job can grow and shrink as long as both numbers say so (KEP-3715).
  if (spec.completionMode === 'Indexed') {
    if (spec.completions !== old.spec.completions && spec.completions !== spec.parallelism)
      errors.push(
        fieldError.invalid(
          'spec.completions',
          spec.completions,
          'can only be modified in tandem with spec.parallelism',
        ),
      )
  } else errors.push(...unchanged(spec.completions, old.spec.completions, 'spec.completions'))
  return [...errors, ...templateProblem(spec.template, old)]
}

/** Where the pods of a suspended job may run (KEP-2926), and with what (KEP-5440), can still change. */
const schedulable = ['nodeSelector', 'tolerations', 'schedulingGates'] as const

function withoutResources(containers: Container[] | undefined): Container[] | undefined {
  return containers?.map(({ resources: _, ...container }) => container)
}

function templateProblem(template: PodTemplateSpec | undefined, old: Stored<Job>): FieldError[] {
  const waiting = old.spec.suspend && !old.status.startTime
  const comparable = ({ metadata: { labels, annotations, ...metadata } = {}, spec }: Partial<PodTemplateSpec> = {}) =>
    waiting
      ? {
          metadata,
          spec: {
            ...spec,
            ...Object.fromEntries(schedulable.map((name) => [name, undefined])),
            affinity: { ...spec?.affinity, nodeAffinity: undefined },
            containers: withoutResources(spec?.containers),
            initContainers: withoutResources(spec?.initContainers),
          },
        }
      : { metadata: { ...metadata, labels, annotations }, spec }
  return equal(comparable(template), comparable(old.spec.template))
    ? []
    : [fieldError.invalid('spec.template', template, immutable)]
}
