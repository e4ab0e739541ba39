import {
  LimitRangeItem,
  LimitRangeSpec,
  type ResourceQuota,
  ResourceQuotaSpec,
  type ScopedResourceSelectorRequirement,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { parseQuantity } from '../../../api/quantity.ts'
import { isExtended, resourceName } from '../rules/amounts.ts'
import { notNegativeQuantity, quantityOf, unchanged } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'

/** What a namespace may use: quotas and limit ranges. */

const compute = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']
/** Of these there are only whole ones. */
const counted = [
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]
const ephemeral = ['ephemeral-storage', 'requests.ephemeral-storage', 'limits.ephemeral-storage']
const quotaNames = [...compute, ...counted, ...ephemeral, 'requests.storage']
const isQuotaName = (name: string) => quotaNames.includes(name) || /^(requests\.)?hugepages-/.test(name)

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
]
const exclusive = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
]
/** What a scope that picks pods can count. */
const ofPods: Record<string, string[]> = {
  BestEffort: ['pods'],
  ...Object.fromEntries(
    ['CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass', 'Terminating'].map((scope) => [
      scope,
      ['pods', ...compute],
    ]),
  ),
}
/** Those that a pod has or has not: there is nothing to choose from. */
const existsOnly = ['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'Terminating']

const amount = (name: string, text: string, field: string): FieldError[] => {
  const fractional = (quantityOf(text)?.nano ?? 0n) % 1_000_000_000n !== 0n
  return [
    ...notNegativeQuantity(text, field),
    ...(fractional && (counted.includes(name) || isExtended(name))
      ? [fieldError.invalid(field, text, 'must be an integer')]
      : []),
  ]
}

const conflicting = (given: readonly string[], field: string, shown: unknown): FieldError[] =>
  exclusive
    .filter((pair) => pair.every((scope) => given.includes(scope)))
    .map(() => fieldError.invalid(field, shown, 'conflicting scopes'))

const notApplicable = (scope: string, { hard = {} }: ResourceQuotaSpec, field: string, shown: unknown): FieldError[] =>
  Object.keys(hard)
    .filter((name) => isQuotaName(name) && ofPods[scope]?.includes(name) === false)
    .map(() => fieldError.invalid(field, shown, 'unsupported scope applied to resource'))

function scopeProblems(spec: ResourceQuotaSpec, field: string): FieldError[] {
  const { scopes: list = [], scopeSelector } = spec
  const selected = scopeSelector?.matchExpressions ?? []
  const at = `${field}.scopeSelector.matchExpressions`
  return [
    ...list.flatMap((scope) =>
      scopes.includes(scope)
        ? notApplicable(scope, spec, `${field}.scopes`, list)
        : [fieldError.invalid(`${field}.scopes`, scope, 'unsupported scope')],
    ),
    ...conflicting(list, `${field}.scopes`, list),
    ...selected.flatMap((requirement) => [
      ...notApplicable(requirement.scopeName, spec, at, scopeSelector),
      ...selectorProblems(requirement, at),
    ]),
    ...conflicting(
      selected.map(({ scopeName }) => scopeName),
      at,
      list,
    ),
  ]
}

/** Upstream's paths do not say which of the expressions it is. */
function selectorProblems(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (!scopes.includes(scopeName)) errors.push(fieldError.invalid(`${field}.scopeName`, scopeName, 'unsupported scope'))
  if (existsOnly.includes(scopeName) && operator !== 'Exists')
    errors.push(
      fieldError.invalid(
        `${field}.operator`,
        operator ?? '',
        "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ),
    )
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(
        fieldError.required(
          `${field}.values`,
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        ),
      )
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(
        fieldError.invalid(
          `${field}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      )
  } else errors.push(fieldError.invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'))
  return errors
}

const limitTypes = ['Container', 'PersistentVolumeClaim', 'Pod']

const limitType: Check<string> = (value, field) => {
  if (!value) return [fieldError.required(field)]
  const problems = qualifiedName(value).map((problem) => fieldError.invalid(field, value, problem))
  return problems.length > 0 || value.includes('/') || limitTypes.includes(value)
    ? problems
    : [fieldError.invalid(field, value, 'must be a standard limit type or fully qualified')]
}

export const quotaRules = [
  rule(
    ResourceQuotaSpec,
    {
      hard: (map = {}, field) =>
        Object.entries(map).flatMap(([name, text]) => [
          ...resourceName(name, `${field}[${name}]`, [...quotaNames, 'storage'], ''),
          ...(name.includes('/') || isQuotaName(name)
            ? []
            : [fieldError.invalid(`${field}[${name}]`, name, 'must be a standard resource for quota')]),
          ...amount(name, text, `${field}[${name}]`),
        ]),
    },
    scopeProblems,
  ),
  rule(LimitRangeSpec, {
    limits: (items = [], field) =>
      items.flatMap(({ type }, i) =>
        items.findIndex((item) => item.type === type) < i ? [fieldError.duplicate(`${field}[${i}].type`, type)] : [],
      ),
  }),
  rule(LimitRangeItem, { type: limitType }, limitProblems),
]

const one = parseQuantity('1')

/** Pods and containers are limited in what containers can have. */
const limitedName = (type: string, name: string, field: string): FieldError[] =>
  type === 'Pod' || type === 'Container'
    ? resourceName(name, field, ['cpu', 'memory', 'ephemeral-storage'], 'containers')
    : resourceName(name, field, [...quotaNames, 'storage'], '')

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
    if (quantityOf(text)?.compare(one) === -1)
      errors.push(fieldError.invalid(`${field}.maxLimitRequestRatio[${name}]`, text, `ratio ${text} is less than 1`))
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
  check(min, limits, 'default', 'min', 'default', 'high')
  check(limits, max, 'default', 'default', 'max', 'low')
  return errors
}

export const validateQuotaUpdate = ({ spec }: ResourceQuota, old: Stored<ResourceQuota>): FieldError[] =>
  unchanged(spec?.scopes, old.spec.scopes, 'spec.scopes')
