import type { DaemonSet, Deployment, ReplicaSet } from '../../../api/apps/v1/index.ts'
import type { PodTemplateSpec } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { type IntOrString, percentOf } from '../../../api/intstr.ts'
import { type Selector, selectorOf } from '../../../api/machinery/selectors/labels.ts'
import type { LabelSelector } from '../../../api/meta/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import { countOrPercent, notNegative, unchanged } from './checks.ts'
import { isEmptySelector, nonEmptySelector } from './labels.ts'

export const counts = { replicas: notNegative, minReadySeconds: notNegative, revisionHistoryLimit: notNegative }

export const isZero = (value: IntOrString) => value === 0 || percentOf(value) === 0

/** As `countOrPercent`, of all there are: not more than 100%. */
export function share(value: IntOrString | undefined, field: string): FieldError[] {
  const errors = countOrPercent(value, field)
  return value !== undefined && (percentOf(value) ?? 0) > 100
    ? [...errors, fieldError.invalid(field, value, 'must not be greater than 100%')]
    : errors
}

/** `empty` is how upstream's message calls the kind, which for ReplicaSets is another one's name. */
export function ownerProblems(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  field: string,
  kind: string,
  empty: string,
): FieldError[] {
  return [
    ...nonEmptySelector(selector, `${field}.selector`, empty),
    ...templateProblems(template ?? {}, tolerant(selector), `${field}.template`, kind),
  ]
}

/** A selector's own rules report a bad one; here it matches. An absent one matches nothing. */
function tolerant(selector: LabelSelector | undefined): Pick<Selector, 'matches'> {
  if (!selector) return { matches: () => false }
  if (isEmptySelector(selector)) return { matches: () => true }
  try {
    return selectorOf(selector)
  } catch {
    return { matches: () => true }
  }
}

export function templateProblems(
  { metadata, spec }: Partial<PodTemplateSpec>,
  selector: Pick<Selector, 'matches'>,
  field: string,
  kind: string,
): FieldError[] {
  const labels = metadata?.labels
  const errors: FieldError[] = []
  if (!selector.matches(labels ?? {}))
    errors.push(fieldError.invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`'))
  if (!spec) return [...errors, fieldError.required(`${field}.spec.containers`)]
  if (spec.restartPolicy && spec.restartPolicy !== 'Always')
    errors.push(fieldError.notSupported(`${field}.spec.restartPolicy`, spec.restartPolicy, ['Always']))
  if (spec.activeDeadlineSeconds !== undefined)
    errors.push(
      fieldError.forbidden(`${field}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`),
    )
  return errors
}

type Selecting = Deployment | ReplicaSet | DaemonSet

export const validateSelectorUpdate = (now: Selecting, old: Stored<Selecting>): FieldError[] =>
  unchanged(now.spec?.selector, old.spec.selector, 'spec.selector')
