import { type LimitRange, LimitRangeItem, LimitRangeSpec, LimitRanges } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import { parseQuantity } from '../../../api/quantity.ts'
import type { Kind } from '../kind.ts'
import { canOvercommit, containerResource, resourceName } from '../rules/amounts.ts'
import { quantityOf } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'
import { plainColumns } from '../table.ts'

const limitTypes = ['Container', 'PersistentVolumeClaim', 'Pod']

const limitType: Check<string> = (value = '', field) => {
  const problems = qualifiedName(value).map((problem) => fieldError.invalid(field, value, problem))
  return problems.length > 0 || value.includes('/') || limitTypes.includes(value)
    ? problems
    : [fieldError.invalid(field, value, 'must be a standard limit type or fully qualified')]
}

export const limitRanges: Kind<LimitRange> = {
  type: LimitRanges,
  singular: 'limitrange',
  shortNames: ['limits'],
  generation: 'none',
  createOnUpdate: true,
  columns: plainColumns(),
  rules: [
    rule(LimitRangeSpec, {
      limits: (items = [], field) =>
        items.flatMap(({ type }, i) =>
          items.findIndex((item) => item.type === type) < i ? [fieldError.duplicate(`${field}[${i}].type`, type)] : [],
        ),
    }),
    rule(LimitRangeItem, { type: limitType }, limitProblems),
  ],
}

const one = parseQuantity('1')

/** Pods and containers are limited in what containers can have. */
const limitedName = (type: string, name: string, field: string): FieldError[] =>
  type === 'Pod' || type === 'Container' ? containerResource(name, field) : resourceName(name, field)

function limitProblems(
  {
    min = {},
    max = {},
    default: limits = {},
    defaultRequest = {},
    maxLimitRequestRatio: ratios = {},
    type,
  }: LimitRangeItem,
  field: string,
) {
  const errors: FieldError[] = []
  const check = (
    low: Record<string, string>,
    high: Record<string, string>,
    at: string,
    lowName: string,
    highName: string,
    shown: 'low' | 'high',
  ) => {
    for (const [name, least] of Object.entries(low)) {
      const most = high[name]
      const [a, b] = [quantityOf(least), quantityOf(most)]
      if (a && b && a.compare(b) > 0)
        errors.push(
          fieldError.invalid(
            `${field}.${at}[${name}]`,
            shown === 'low' ? least : most,
            `${lowName} value ${least} is greater than ${highName} value ${most}`,
          ),
        )
    }
  }
  for (const [at, map] of Object.entries({ min, max, default: limits, defaultRequest, maxLimitRequestRatio: ratios }))
    for (const name of Object.keys(map)) errors.push(...limitedName(type, name, `${field}.${at}[${name}]`))
  check(min, max, 'min', 'min', 'max', 'low')
  for (const [name, text] of Object.entries(ratios))
    errors.push(...ratioProblems(text, min[name], max[name], `${field}.maxLimitRequestRatio[${name}]`))
  if (type === 'PersistentVolumeClaim' && !min.storage && !max.storage)
    errors.push(
      fieldError.required(
        `${field}.limits`,
        'either minimum or maximum storage value is required, but neither was provided',
      ),
    )
  if (type === 'Pod') {
    if (Object.keys(limits).length)
      errors.push(fieldError.forbidden(`${field}.default`, "may not be specified when `type` is 'Pod'"))
    if (Object.keys(defaultRequest).length)
      errors.push(fieldError.forbidden(`${field}.defaultRequest`, "may not be specified when `type` is 'Pod'"))
    return errors
  }
  check(min, defaultRequest, 'defaultRequest', 'min', 'default request', 'high')
  check(defaultRequest, max, 'defaultRequest', 'default request', 'max', 'low')
  check(defaultRequest, limits, 'defaultRequest', 'default request', 'default limit', 'low')
  check(min, limits, 'default', 'min', 'default', 'low')
  check(limits, max, 'default', 'default', 'max', 'high')
  for (const [name, text] of Object.entries(defaultRequest)) {
    const [request, limit] = [quantityOf(text), quantityOf(limits[name])]
    if (!canOvercommit(name) && request && limit && request.compare(limit) !== 0)
      errors.push(
        fieldError.invalid(
          `${field}.defaultRequest[${name}]`,
          text,
          `default value ${limits[name]} must equal to defaultRequest value ${text} in ${name}`,
        ),
      )
  }
  return errors
}

/** How much more than its request a limit may be: not less than once, not more than the greatest over the least. */
function ratioProblems(
  text: string,
  least: string | undefined,
  greatest: string | undefined,
  field: string,
): FieldError[] {
  const ratio = quantityOf(text)
  if (!ratio) return []
  const errors: FieldError[] = []
  if (ratio.compare(one) < 0) errors.push(fieldError.invalid(field, text, `ratio ${text} is less than 1`))
  const [low, high] = [quantityOf(least), quantityOf(greatest)]
  if (!low || !high) return errors
  const most = high.toNumber() / low.toNumber()
  if (ratio.toNumber() > most)
    errors.push(fieldError.invalid(field, text, `ratio ${text} is greater than max/min = ${most.toFixed(6)}`))
  return errors
}
