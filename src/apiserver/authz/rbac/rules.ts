import type { AccessAttributes } from '../../../api/access.ts'
import type { PolicyRule } from '../../../api/rbac/v1/index.ts'

const any = '*'
const has = (values: readonly string[] | undefined, value: string): boolean =>
  values !== undefined && (values.includes(any) || values.includes(value))

/** Whether a rule allows an access. (RBAC documentation, 'Role and ClusterRole', 'Referring to resources') */
export function ruleAllows(rule: PolicyRule, attributes: AccessAttributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false
  const { path, group = '', resource = '', subresource, name } = attributes
  if (path !== undefined) return (rule.nonResourceURLs ?? []).some((pattern) => coversUrl(pattern, path))
  return (
    has(rule.apiGroups, group) &&
    coversResource(rule.resources, subresource ? `${resource}/${subresource}` : resource) &&
    (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name)))
  )
}

/** `pods/status` is covered by itself, by the subresource of all resources (`*` and `/status`), and by `*`. */
function coversResource(resources: readonly string[] = [], resource: string): boolean {
  if (resources.includes(any) || resources.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && resources.includes(`*${resource.slice(slash)}`)
}

/** `*` at the end of a pattern stands for anything. */
const coversUrl = (pattern: string, path: string): boolean =>
  pattern === any || pattern === path || (pattern.endsWith(any) && path.startsWith(pattern.replace(/\*+$/, '')))

/** The rules, each for one verb and one resource or URL, that `held` does not cover. */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(split).filter((rule) => !held.some((own) => covers(own, rule)))
}

/** A rule as many that have one verb, one group, one resource and at most one name each. */
function split({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule) {
  const parts: PolicyRule[] = []
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] }
        if (resourceNames.length === 0) parts.push(part)
        else for (const name of resourceNames) parts.push({ ...part, resourceNames: [name] })
      }
  for (const url of nonResourceURLs) for (const verb of verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] })
  return parts
}

/** Whether everything that the one-part rule `part` allows is allowed by `own`, too. */
function covers(own: PolicyRule, part: PolicyRule): boolean {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = part
  return (
    part.verbs.every((verb) => has(own.verbs, verb)) &&
    apiGroups.every((group) => has(own.apiGroups, group)) &&
    resources.every((resource) => coversResource(own.resources, resource)) &&
    nonResourceURLs.every((url) => (own.nonResourceURLs ?? []).some((pattern) => coversUrl(pattern, url))) &&
    (!own.resourceNames?.length ||
      (resourceNames.length > 0 && resourceNames.every((name) => own.resourceNames?.includes(name))))
  )
}

/** One-part rules that differ only in their verb, as one rule each. */
export function joinVerbs(parts: readonly PolicyRule[]): PolicyRule[] {
  const joined = new Map<string, PolicyRule>()
  for (const part of parts) {
    const key = JSON.stringify([part.apiGroups, part.resources, part.resourceNames, part.nonResourceURLs])
    const alike = joined.get(key)
    if (!alike) joined.set(key, part)
    else if (!alike.verbs.includes(part.verbs[0] ?? ''))
      joined.set(key, { ...alike, verbs: [...alike.verbs, ...part.verbs] })
  }
  return [...joined.values()]
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`: the words of upstream's messages. */
export function ruleText(rule: PolicyRule): string {
  const fields = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const
  return `{${fields.flatMap(([name, values]) => (values?.length ? `${name}:${quotedList(values)}` : [])).join(', ')}}`
}

/** `["a" "b"]`: a list as Go's `%q` prints it. */
export const quotedList = (values: readonly string[]): string => `[${values.map((v) => JSON.stringify(v)).join(' ')}]`
