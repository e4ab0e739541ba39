import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../../../../api/batch/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { qualifiedName } from '../../../../api/names.ts'
import { notNegative, oneOf } from '../../rules/checks.ts'
import { indexCount, indexIntervals } from './indexes.ts'

/** What the policies of a Job say together: when its pods, its indexes and it itself fail or succeed. */

const softLimit = 100_000
const highLimit = 10_000
const maxRules = 20
const maxPatterns = 20
const maxValues = 255
const maxIndexesLength = 64 * 1024
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const statuses = ['False', 'True', 'Unknown']
const one = (values: string[]) => `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`

export function policyProblems(spec: JobSpec, field: string): FieldError[] {
  const { podFailurePolicy, podReplacementPolicy, successPolicy, completionMode } = spec
  return [
    ...indexLimits(spec, field),
    ...(podFailurePolicy ? failureProblems(spec, podFailurePolicy.rules ?? [], `${field}.podFailurePolicy.rules`) : []),
    ...(podFailurePolicy && podReplacementPolicy && podReplacementPolicy !== 'Failed'
      ? [fieldError.notSupported(`${field}.podReplacementPolicy`, podReplacementPolicy, ['Failed'])]
      : []),
    ...(successPolicy && completionMode === 'Indexed'
      ? successProblems(spec, successPolicy.rules ?? [], `${field}.successPolicy.rules`)
      : []),
  ]
}

function indexLimits(spec: JobSpec, field: string): FieldError[] {
  const { backoffLimitPerIndex, completions, completionMode, maxFailedIndexes: most, parallelism = 0 } = spec
  const errors: FieldError[] = []
  if (most !== undefined && backoffLimitPerIndex === undefined)
    errors.push(fieldError.required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
  if (completionMode !== 'Indexed') return errors
  const at = `${field}.maxFailedIndexes`
  const atMost = (limit: number | string) => `must be less than or equal to ${limit}`
  if (completions !== undefined && most !== undefined && most > completions)
    errors.push(fieldError.invalid(at, most, atMost('completions')))
  if (most !== undefined && most > softLimit) errors.push(fieldError.invalid(at, most, atMost(softLimit)))
  if (completions === undefined || completions <= softLimit || backoffLimitPerIndex === undefined) return errors
  const many = `when completions are above ${softLimit} and used with backoff limit per index`
  if (most === undefined)
    errors.push(fieldError.required(at, `must be specified when completions is above ${softLimit}`))
  else if (most > highLimit) errors.push(fieldError.invalid(at, most, `${atMost(highLimit)} ${many}`))
  if (parallelism > highLimit)
    errors.push(fieldError.invalid(`${field}.parallelism`, parallelism, `${atMost(highLimit)} ${many}`))
  return errors
}

function failureProblems(spec: JobSpec, rules: readonly PodFailurePolicyRule[], field: string): FieldError[] {
  return [
    ...(rules.length > maxRules ? [fieldError.tooMany(field, rules.length, maxRules)] : []),
    ...rules.flatMap((rule, i) => ruleProblems(spec, rule, `${field}[${i}]`)),
  ]
}

function ruleProblems(spec: JobSpec, rule: PodFailurePolicyRule, field: string): FieldError[] {
  const { action, onExitCodes, onPodConditions: patterns = [] } = rule
  const errors: FieldError[] = []
  if (!action) errors.push(fieldError.required(`${field}.action`, one(actions)))
  else if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
    errors.push(fieldError.invalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set'))
  if (onExitCodes) errors.push(...exitCodeProblems(spec, onExitCodes, `${field}.onExitCodes`))
  if (patterns.length > maxPatterns)
    errors.push(fieldError.tooMany(`${field}.onPodConditions`, patterns.length, maxPatterns))
  for (const [i, { type = '', status }] of patterns.entries()) {
    const at = `${field}.onPodConditions[${i}]`
    errors.push(...qualifiedName(type).map((problem) => fieldError.invalid(`${at}.type`, type, problem)))
    if (!status) errors.push(fieldError.required(`${at}.status`, one(statuses)))
    else errors.push(...oneOf(...statuses)(status, `${at}.status`))
  }
  return errors
}

function exitCodeProblems(
  { template }: JobSpec,
  { operator, containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  field: string,
): FieldError[] {
  const { containers = [], initContainers = [] } = template?.spec ?? {}
  const at = `${field}.values`
  const errors: FieldError[] = []
  if (!operator) errors.push(fieldError.required(`${field}.operator`, one(operators)))
  if (containerName !== undefined && ![...containers, ...initContainers].some(({ name }) => name === containerName))
    errors.push(
      fieldError.invalid(
        `${field}.containerName`,
        containerName,
        'must be one of the container or initContainer names in the pod template',
      ),
    )
  if (values.length === 0) errors.push(fieldError.invalid(at, [], 'at least one value is required'))
  if (values.length > maxValues) errors.push(fieldError.tooMany(at, values.length, maxValues))
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0)
      errors.push(fieldError.invalid(`${at}[${i}]`, value, 'must not be 0 for the In operator'))
    if (values.indexOf(value) < i) errors.push(fieldError.duplicate(`${at}[${i}]`, value))
  }
  if (values.some((value, i) => value < (values[i - 1] ?? value)))
    errors.push(fieldError.invalid(at, values, 'must be ordered'))
  return errors
}

function successProblems(spec: JobSpec, rules: readonly SuccessPolicyRule[], field: string): FieldError[] {
  return [
    ...(rules.length === 0
      ? [fieldError.required(field, 'at least one rules must be specified when the successPolicy is specified')]
      : []),
    ...(rules.length > maxRules ? [fieldError.tooMany(field, rules.length, maxRules)] : []),
    ...rules.flatMap((rule, i) => successRule(spec, rule, `${field}[${i}]`)),
  ]
}

function successRule({ completions = 0 }: JobSpec, rule: SuccessPolicyRule, field: string): FieldError[] {
  const { succeededIndexes: indexes, succeededCount: count } = rule
  if (indexes === undefined && count === undefined)
    return [fieldError.required(field, 'at least one of succeededCount or succeededIndexes must be specified')]
  const errors: FieldError[] = []
  let total = 0
  if (indexes !== undefined) {
    const at = `${field}.succeededIndexes`
    if (indexes.length > maxIndexesLength) errors.push(fieldError.tooLong(at, maxIndexesLength))
    try {
      total = indexCount(indexIntervals(indexes, completions))
    } catch (error) {
      errors.push(fieldError.invalid(at, indexes, `error parsing succeededIndexes: ${(error as Error).message}`))
    }
  }
  if (count === undefined) return errors
  const at = `${field}.succeededCount`
  const atMost = (limit: number, of: string) =>
    count > limit ? [fieldError.invalid(at, count, `must be less than or equal to ${limit} (the number of ${of})`)] : []
  return [
    ...errors,
    ...notNegative(count, at),
    ...atMost(completions, 'specified completions'),
    ...(indexes === undefined ? [] : atMost(total, 'indexes in the specified succeededIndexes field')),
  ]
}
