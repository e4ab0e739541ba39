import { apiPackage } from '../../api/machinery/schema/package.ts'
import { bool, list, ref, string, type TypeOf } from '../../api/machinery/schema/schema.ts'
import { ObjectMeta } from '../../api/meta/v1/index.ts'
import { ConfigurationError, readConfiguration } from '../configuration/config-file.ts'

const audit = apiPackage('io.k8s.apiserver.apis.audit.v1', 'audit.k8s.io', 'v1')

const GroupResources = audit.message('GroupResources', {
  group: string(1),
  /** `pods`, `pods/log`, `pods/*`, `*`, `*\/scale`. Empty: all of the group. */
  resources: list(2, string),
  resourceNames: list(3, string),
})
export interface GroupResources extends TypeOf<typeof GroupResources> {}

const PolicyRule = audit.message('PolicyRule', {
  level: string(1).required(),
  users: list(2, string),
  userGroups: list(3, string),
  verbs: list(4, string),
  resources: list(5, GroupResources),
  namespaces: list(6, string),
  nonResourceURLs: list(7, string),
  omitStages: list(8, string),
  omitManagedFields: bool(9).explicit(),
})
export interface PolicyRule extends TypeOf<typeof PolicyRule> {}

/** The contents of an `--audit-policy-file`: what is told of which request. */
const Policy = audit.kind('Policy', {
  metadata: ref(1, ObjectMeta),
  rules: list(2, PolicyRule).required(),
  omitStages: list(3, string),
  omitManagedFields: bool(4),
})
export interface Policy extends TypeOf<typeof Policy> {}

const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof levels)[number]
const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof stages)[number]

/** Reads a policy. @throws ConfigurationError */
export function readPolicy(text: string): Policy {
  const policy = readConfiguration(text, Policy, ['v1'])
  const errors = [
    ...stageProblems(policy.omitStages ?? [], 'omitStages'),
    ...(policy.rules ?? []).flatMap((rule, i) => ruleProblems(rule, `rules[${i}]`)),
  ]
  if (!policy.rules?.length) throw new ConfigurationError('loaded illegal policy with 0 rules')
  if (errors.length > 0) throw new ConfigurationError(errors.length === 1 ? `${errors[0]}` : `[${errors.join(', ')}]`)
  return policy
}

const notSupported = (field: string, value: string, known: readonly string[]) =>
  `${field}: Unsupported value: "${value}": supported values: ${known.map((one) => `"${one}"`).join(', ')}`

const stageProblems = (given: string[], field: string): string[] =>
  given.flatMap((stage, i) =>
    stages.some((known) => known === stage) ? [] : [notSupported(`${field}[${i}]`, stage, stages)],
  )

function ruleProblems(rule: PolicyRule, at: string): string[] {
  const { level = '', resources = [], namespaces = [], nonResourceURLs: urls = [] } = rule
  const errors = level === '' ? [`${at}.level: Required value`] : []
  if (level !== '' && !levels.some((known) => known === level)) errors.push(notSupported(`${at}.level`, level, levels))
  urls.forEach((url, i) => {
    const field = `${at}.nonResourceURLs[${i}]`
    if (url === '*') return
    if (!url.startsWith('/'))
      errors.push(`${field}: Invalid value: "${url}": non-resource URL rules must begin with a '/' character`)
    if (url.slice(0, -1).includes('*'))
      errors.push(
        `${field}: Invalid value: "${url}": non-resource URL wildcards '*' must be the final character of the rule`,
      )
  })
  resources.forEach(({ resources: names = [], resourceNames = [] }, i) => {
    if (resourceNames.length > 0 && names.length === 0)
      errors.push(
        `${at}.resources[${i}].resourceNames: Invalid value: ${JSON.stringify(resourceNames)}: using resourceNames requires at least one resource`,
      )
  })
  if (urls.length > 0 && (resources.length > 0 || namespaces.length > 0))
    errors.push(
      `${at}.nonResourceURLs: Invalid value: ${JSON.stringify(urls)}: rules cannot apply to both regular resources and non-resource URLs`,
    )
  return [...errors, ...stageProblems(rule.omitStages ?? [], `${at}.omitStages`)]
}
