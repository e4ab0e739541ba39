import {
  type ResourceQuota,
  ResourceQuotaSpec,
  type ResourceQuotaStatus,
  ResourceQuotas,
  type ScopedResourceSelectorRequirement,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Kind } from '../kind.ts'
import { amount, resourceName } from '../rules/amounts.ts'
import { unchanged } from '../rules/checks.ts'
import { compute, isQuotaName } from '../rules/quota-names.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn } from '../table.ts'

export const resourceQuotas: Kind<ResourceQuota> = {
  type: ResourceQuotas,
  singular: 'resourcequota',
  shortNames: ['quota'],
  generation: 'none',
  hasStatus: true,
  columns: [
    nameColumn(),
    column('Request', (quota) => usage(quota, (name) => !name.startsWith('limits'))),
    column('Limit', (quota) => usage(quota, (name) => name.startsWith('limits'))),
    ageColumn(),
  ],
  rules: [
    rule(
      ResourceQuotaSpec,
      {
        hard: quotaAmounts,
      },
      scopeProblems,
    ),
  ],
  validateStatusUpdate: ({ status: { hard, used } = {} }) => [
    ...quotaAmounts(hard, 'status.hard'),
    ...quotaAmounts(used, 'status.used'),
  ],
  validateUpdate: ({ spec }, old) => unchanged(spec?.scopes, old.spec.scopes, 'spec.scopes'),
}

function quotaAmounts(map: Record<string, string> = {}, field: string): FieldError[] {
  return Object.entries(map).flatMap(([name, text]) => [
    ...resourceName(name, `${field}[${name}]`),
    ...(name.includes('/') || isQuotaName(name)
      ? []
      : [fieldError.invalid(`${field}[${name}]`, name, 'must be a standard resource for quota')]),
    ...amount(name, text, `${field}[${name}]`),
  ])
}

function usage({ status }: { status: ResourceQuotaStatus }, wanted: (name: string) => boolean): string {
  return Object.keys(status.hard ?? {})
    .filter(wanted)
    .sort()
    .map((name) => `${name}: ${status.used?.[name] ?? '0'}/${status.hard?.[name]}`)
    .join(', ')
}

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
      `${field}.scopes`,
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
