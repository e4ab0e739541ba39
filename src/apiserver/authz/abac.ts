import type { AccessAttributes } from '../../api/access.ts'
import type { UserInfo } from '../../api/call.ts'
import { ConfigurationError } from '../configuration/config-file.ts'
import type { Authorizer } from './authorizer.ts'

/** One line of the policy file. Empty: nothing; `*`: everything. ('ABAC Mode', 'Policy File Format') */
interface Policy {
  user: string
  group: string
  readonly: boolean
  apiGroup: string
  resource: string
  namespace: string
  nonResourcePath: string
}

/** Attribute-based access control: what some line of a file allows. @throws ConfigurationError that names the line */
export function abacAuthorizer(text: string): Authorizer {
  const policies = text.split('\n').flatMap((line, i) => {
    const trimmed = line.trim()
    return trimmed === '' || trimmed.startsWith('#') ? [] : policyOf(trimmed, i + 1)
  })
  return {
    authorize: (attributes) =>
      policies.some((policy) => matches(policy, attributes))
        ? { allowed: true }
        : { allowed: false, reason: 'No policy matched.' },
    rulesFor(user, namespace) {
      const own = policies.filter((policy) => isFor(policy, user))
      const verbs = ({ readonly }: Policy) => (readonly ? readVerbs : ['*'])
      return {
        resourceRules: own
          .filter((policy) => policy.resource !== '' && isAt(policy.namespace, namespace))
          .map((policy) => ({ verbs: verbs(policy), apiGroups: [policy.apiGroup], resources: [policy.resource] })),
        nonResourceRules: own
          .filter(({ nonResourcePath }) => nonResourcePath !== '')
          .map((policy) => ({ verbs: verbs(policy), nonResourceURLs: [policy.nonResourcePath] })),
        incomplete: false,
      }
    },
  }
}

const readVerbs = ['get', 'list', 'watch']
const fields = ['user', 'group', 'apiGroup', 'resource', 'namespace', 'nonResourcePath'] as const
const apiVersion = 'abac.authorization.kubernetes.io/v1beta1'

function policyOf(line: string, number: number): Policy {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new ConfigurationError(`line ${number} is no JSON: ${line}`)
  }
  const given = (value ?? {}) as Record<string, unknown>
  const versioned = given.apiVersion !== undefined
  if (versioned && (given.apiVersion !== apiVersion || given.kind !== 'Policy'))
    throw new ConfigurationError(`line ${number} has to hold a Policy of ${apiVersion}: ${line}`)
  const spec = (versioned ? (given.spec ?? {}) : given) as Record<string, unknown>
  const wrong = fields.find((field) => spec[field] !== undefined && typeof spec[field] !== 'string')
  if (wrong ?? (spec.readonly !== undefined && typeof spec.readonly !== 'boolean'))
    throw new ConfigurationError(`line ${number}: ${wrong ?? 'readonly'} has a wrong type: ${line}`)
  const text = (field: (typeof fields)[number]) => (spec[field] as string | undefined) ?? ''
  const policy = {
    user: text('user'),
    group: text('group'),
    readonly: spec.readonly === true,
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    namespace: text('namespace'),
    nonResourcePath: text('nonResourcePath'),
  }
  return versioned ? policy : fromOldest(policy)
}

/** Lines without a version: what they leave out means everything. */
function fromOldest({ user, group, readonly, resource, namespace }: Policy): Policy {
  const anybody = user === '*' || (user === '' && group === '')
  return {
    user: anybody ? '' : user,
    group: anybody ? 'system:authenticated' : group,
    readonly,
    apiGroup: '*',
    resource: resource || '*',
    namespace: namespace || '*',
    nonResourcePath: resource === '' && namespace === '' ? '*' : '',
  }
}

const isAt = (pattern: string, value: string): boolean => pattern === '*' || pattern === value

function isFor({ user, group }: Policy, { name, groups }: UserInfo): boolean {
  if (user === '' && group === '') return false
  if (user !== '' && !isAt(user, name)) return false
  return group === '' || group === '*' || groups.includes(group)
}

function matches(policy: Policy, attributes: AccessAttributes): boolean {
  const { user, verb, path, group = '', resource = '', namespace = '' } = attributes
  if (!isFor(policy, user) || (policy.readonly && !readVerbs.includes(verb))) return false
  if (path === undefined)
    return isAt(policy.namespace, namespace) && isAt(policy.resource, resource) && isAt(policy.apiGroup, group)
  const { nonResourcePath: pattern } = policy
  return isAt(pattern, path) || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))
}
