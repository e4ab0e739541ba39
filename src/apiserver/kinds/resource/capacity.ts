import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Quantity } from '../../../api/quantity.ts'
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  DeviceCapacity,
} from '../../../api/resource/v1/index.ts'
import { quantityOf } from '../rules/checks.ts'
import { atMost, uniqueBy } from './names.ts'

const maxValidValues = 10
const nanoPerUnit = 1_000_000_000n

/** How a device that several claims share gives away its capacity; other devices have no such policy. */
export function capacityProblems(capacity: DeviceCapacity, isShared: boolean, field: string): FieldError[] {
  const { value, requestPolicy: policy } = capacity
  const at = `${field}.requestPolicy`
  const most = quantityOf(value)
  if (!policy || !most) return []
  return isShared
    ? policyProblems(policy, most, at)
    : [fieldError.forbidden(at, 'allowMultipleAllocations must be true')]
}

function policyProblems(policy: CapacityRequestPolicy, most: Quantity, field: string): FieldError[] {
  const { validValues = [], validRange } = policy
  if (validValues.length && validRange)
    return [
      fieldError.forbidden(
        field,
        'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
      ),
    ]
  const name = validValues.length ? 'validValues' : validRange ? 'validRange' : undefined
  if (!name) return []
  const usual = quantityOf(policy.default)
  if (!usual) return [fieldError.required(`${field}.default`, `required when ${name} is defined`)]
  return validRange
    ? rangeProblems(validRange, usual, most, `${field}.validRange`)
    : valueProblems(validValues, usual, most, `${field}.validValues`)
}

/** Ascending values of which the default is one. */
function valueProblems(texts: string[], usual: Quantity, most: Quantity, field: string): FieldError[] {
  const values = texts.flatMap((text) => quantityOf(text) ?? [])
  return [
    ...values.flatMap((value, i) => {
      const before = values[i - 1]
      return before && before.nano > value.nano
        ? [fieldError.invalid(`${field}[${i}]`, texts[i], 'values must be sorted in ascending order')]
        : []
    }),
    ...atMost(maxValidValues)(texts, field),
    ...values.flatMap((value, i) =>
      value.nano > most.nano
        ? [fieldError.invalid(`${field}[${i}]`, texts[i], `option is larger than capacity value: ${most}`)]
        : [],
    ),
    ...uniqueBy<Quantity>((value) => `${whole(value)}`)(values, field),
    ...(values.some((value) => value.nano === usual.nano)
      ? []
      : [fieldError.invalid(field, `${usual}`, 'default value is not valid according to the requestPolicy')]),
  ]
}

type Bound = 'min' | 'max' | 'default' | 'step'

/** Steps from `min` on: the default and `max` are some steps away from it. */
function rangeProblems(
  range: CapacityRequestPolicyRange,
  usual: Quantity,
  most: Quantity,
  field: string,
): FieldError[] {
  const [min, max, step] = [quantityOf(range.min), quantityOf(range.max), quantityOf(range.step)]
  if (!min) return [fieldError.required(`${field}.min`, 'required when validRange is defined')]
  const problems: [isWrong: boolean, name: Bound, value: Quantity, why: string][] = [
    [min.nano > most.nano, 'min', min, `min is larger than capacity value: ${most}`],
    [usual.nano < min.nano, 'default', usual, `default is less than min: ${min}`],
  ]
  if (max)
    problems.push(
      [min.nano > max.nano, 'max', min, `min is larger than max: ${max}`],
      [max.nano > most.nano, 'max', max, `max is larger than capacity value: ${most}`],
      [usual.nano > max.nano, 'default', usual, `default is more than max: ${max}`],
    )
  if (step && step.sign <= 0) problems.push([true, 'step', step, 'must be greater than zero'])
  else if (step) {
    const next = min.add(step)
    problems.push([next.nano > most.nano, 'step', step, `one step ${next} is larger than capacity value: ${most}`])
    const why = `value is not a multiple of a given step (${step}) from (${min})`
    for (const value of [usual, ...(max ? [max] : [])])
      problems.push([(whole(value) - whole(min)) % whole(step) !== 0n, 'step', value, why])
  }
  return problems
    .filter(([isWrong]) => isWrong)
    .map(([, name, value, why]) => fieldError.invalid(`${field}.${name}`, `${value}`, why))
}

/** Rounded up, as Go's `Quantity.Value` does. */
const whole = ({ nano }: Quantity): bigint => nano / nanoPerUnit + (nano > 0n && nano % nanoPerUnit !== 0n ? 1n : 0n)
