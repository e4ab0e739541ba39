import type { UserInfo } from '../../api/call.ts'
import type { GroupResources, Level, Policy, PolicyRule, Stage } from './policy.ts'

/** What a policy decides by. */
export interface AuditAttributes {
  verb: string
  /** The path of the URL. */
  path: string
  /** Absent for other URLs. */
  object?: {
    group: string
    version: string
    resource: string
    subresource?: string
    namespace?: string
    name?: string
  }
}

/** What is told of one request. */
export interface Verdict {
  level: Level
  omitStages: ReadonlySet<Stage>
  omitManagedFields: boolean
}

/** Finds the first rule of a policy that a request matches. */
export function policyEvaluator(policy: Policy): (user: UserInfo, attributes: AuditAttributes) => Verdict {
  const { rules = [], omitStages = [], omitManagedFields = false } = policy
  const verdictOf = (rule: PolicyRule): Verdict => ({
    level: rule.level as Level,
    omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]) as ReadonlySet<Stage>,
    omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
  })
  const known = rules.map((rule) => ({ rule, verdict: verdictOf(rule) }))
  const none = verdictOf({ level: 'None' })
  return (user, attributes) => known.find(({ rule }) => matches(rule, user, attributes))?.verdict ?? none
}

const includes = (list: readonly string[] | undefined, value: string): boolean => !list?.length || list.includes(value)

function matches(rule: PolicyRule, user: UserInfo, attributes: AuditAttributes): boolean {
  const { userGroups, verbs, namespaces, resources, nonResourceURLs } = rule
  if (!includes(rule.users, user.name)) return false
  if (userGroups?.length && !userGroups.some((group) => user.groups.includes(group))) return false
  if (!includes(verbs, attributes.verb) && !verbs?.includes('*')) return false
  if (namespaces?.length || resources?.length) return matchesObject(rule, attributes)
  if (nonResourceURLs?.length)
    return !attributes.object && nonResourceURLs.some((url) => matchesPath(url, attributes.path))
  return true
}

const matchesPath = (url: string, path: string): boolean =>
  url === '*' || (url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : url === path)

function matchesObject({ namespaces, resources }: PolicyRule, { object }: AuditAttributes): boolean {
  if (!object || !includes(namespaces, object.namespace ?? '')) return false
  return !resources?.length || resources.some((one) => matchesResource(one, object))
}

function matchesResource(
  { group = '', resources = [], resourceNames }: GroupResources,
  object: NonNullable<AuditAttributes['object']>,
): boolean {
  if (group !== object.group) return false
  if (resources.length === 0) return true
  const { resource, subresource } = object
  const whole = subresource ? `${resource}/${subresource}` : resource
  const names = ['*', whole, `${resource}/*`, ...(subresource ? [`*/${subresource}`] : [])]
  return includes(resourceNames, object.name ?? '') && resources.some((one) => names.includes(one))
}
