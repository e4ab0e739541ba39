import { type FieldError, fieldError } from '../../../api/errors.ts'
import {
  type LabelSelector,
  LabelSelectorRequirement,
  LabelSelector as LabelSelectorType,
} from '../../../api/meta/v1/index.ts'
import { labelValue, qualifiedName } from '../../../api/names.ts'
import { labels } from '../../registry/labels.ts'
import { rule } from './walk.ts'

export { annotations, labels } from '../../registry/labels.ts'

/** A selector that would choose everything is a mistake where it chooses what to own. */
export function nonEmptySelector(selector: LabelSelector | undefined, field: string, kind: string): FieldError[] {
  if (!selector) return [fieldError.required(field)]
  return isEmptySelector(selector) ? [fieldError.invalid(field, selector, `empty selector is invalid for ${kind}`)] : []
}

export const isEmptySelector = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0

const operators: Record<string, (values: string[], field: string) => FieldError[]> = {
  In: needValues,
  NotIn: needValues,
  Exists: needNoValues,
  DoesNotExist: needNoValues,
}
function needValues(values: string[], field: string): FieldError[] {
  return values.length ? [] : [fieldError.required(field, "must be specified when `operator` is 'In' or 'NotIn'")]
}
function needNoValues(values: string[], field: string): FieldError[] {
  return values.length
    ? [fieldError.forbidden(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    : []
}

export const labelRules = [
  rule(LabelSelectorType, { matchLabels: labels }),
  rule(LabelSelectorRequirement, {}, ({ key, operator, values = [] }, field) => [
    ...(operators[operator]?.(values, `${field}.values`) ?? [
      fieldError.invalid(`${field}.operator`, operator, 'not a valid selector operator'),
    ]),
    ...qualifiedName(key).map((problem) => fieldError.invalid(`${field}.key`, key, problem)),
    ...values.flatMap((value, i) =>
      labelValue(value).map((problem) => fieldError.invalid(`${field}.values[${i}]`, value, problem)),
    ),
  ]),
]
