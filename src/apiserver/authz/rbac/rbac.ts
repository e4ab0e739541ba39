import type { AccessAttributes, AccessDecision } from '../../../api/access.ts'
import type { SubjectRulesReviewStatus } from '../../../api/authorization/v1/index.ts'
import type { UserInfo } from '../../../api/call.ts'
import type { ClusterRole, PolicyRule, Role, RoleRef } from '../../../api/rbac/v1/index.ts'
import type { ResourceCache } from '../../cache/resource-cache.ts'
import type { Resources } from '../../registry/resources.ts'
import type { Authorizer } from '../authorizer.ts'
import { type Binding, BindingIndex, subjectFor } from './bindings.ts'
import { ruleAllows } from './rules.ts'

/** What a user's bindings give, with the bindings whose role is missing. */
export interface Grants {
  rules: PolicyRule[]
  /** `clusterrole.rbac.authorization.k8s.io "x" not found` */
  errors: string[]
}

/** Role-based access control: what the stored Roles, ClusterRoles and their bindings allow, nothing else. */
export interface RbacAuthorizer extends Authorizer {
  attach(resources: Resources): void
  /** All rules of a user: those for the whole cluster and, with a namespace, those in it. */
  grantsOf(user: UserInfo, namespace: string): Grants
  /** The rules of a role. @throws ApiError never; undefined: there is no such role */
  rulesOf(role: RoleRef, namespace: string): readonly PolicyRule[] | undefined
}

interface Policy {
  roles: ResourceCache
  clusterRoles: ResourceCache
  roleBindings: BindingIndex
  clusterRoleBindings: BindingIndex
}

export function rbacAuthorizer(): RbacAuthorizer {
  let policy: Policy | undefined

  function rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const item = kind === 'Role' ? policy?.roles.get(`${namespace}/${name}`) : policy?.clusterRoles.get(name)
    return item && ((item.object as Role | ClusterRole).rules ?? [])
  }

  function* bindingsOf(user: UserInfo, namespace: string): Generator<Binding> {
    if (!policy) return
    yield* policy.clusterRoleBindings.of(user)
    if (namespace) yield* policy.roleBindings.of(user, namespace)
  }

  function grantsOf(user: UserInfo, namespace: string): Grants {
    const rules = new Set<PolicyRule>()
    const errors = new Set<string>()
    for (const binding of bindingsOf(user, namespace)) {
      const own = rulesOf(binding.roleRef, binding.namespace)
      if (own) for (const rule of own) rules.add(rule)
      else errors.add(roleNotFound(binding.roleRef))
    }
    return { rules: [...rules], errors: [...errors] }
  }

  return {
    authorize(attributes: AccessAttributes): AccessDecision {
      const { user, namespace = '' } = attributes
      let errors: Set<string> | undefined
      for (const binding of bindingsOf(user, namespace)) {
        const rules = rulesOf(binding.roleRef, binding.namespace)
        if (!rules) {
          errors ??= new Set()
          errors.add(roleNotFound(binding.roleRef))
        } else if (rules.some((rule) => ruleAllows(rule, attributes)))
          return { allowed: true, reason: `RBAC: allowed by ${described(binding, user)}` }
      }
      return errors ? { allowed: false, reason: `RBAC: ${joined([...errors])}` } : { allowed: false }
    },
    rulesFor(user, namespace): SubjectRulesReviewStatus {
      const { rules, errors } = grantsOf(user, namespace)
      return {
        resourceRules: rules
          .filter(({ resources }) => resources?.length)
          .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
            verbs,
            apiGroups,
            resources,
            ...(resourceNames?.length && { resourceNames }),
          })),
        nonResourceRules: rules
          .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
          .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
        incomplete: errors.length > 0,
        ...(errors.length > 0 && { evaluationError: joined(errors) }),
      }
    },
    grantsOf,
    rulesOf,
    attach(resources) {
      const cacheOf = (resource: string): ResourceCache => {
        const served = resources.find('rbac.authorization.k8s.io', 'v1', resource)
        if (!served) throw new Error(`RBAC needs the resource ${resource}`)
        return served.cache
      }
      policy = {
        roles: cacheOf('roles'),
        clusterRoles: cacheOf('clusterroles'),
        roleBindings: new BindingIndex(cacheOf('rolebindings')),
        clusterRoleBindings: new BindingIndex(cacheOf('clusterrolebindings')),
      }
    },
  }
}

const roleNotFound = ({ kind, name }: RoleRef): string =>
  `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`

/** Several errors as upstream prints them. */
const joined = (errors: readonly string[]): string =>
  errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`

/** `RoleBinding "name/namespace" of Role "x" to User "y"` */
function described(binding: Binding, user: UserInfo): string {
  const { namespace, name, roleRef } = binding
  const subject = subjectFor(binding, user)
  const to = subject?.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : (subject?.name ?? user.name)
  const itself = namespace ? `RoleBinding "${name}/${namespace}"` : `ClusterRoleBinding "${name}"`
  return `${itself} of ${roleRef.kind} "${roleRef.name}" to ${subject?.kind ?? 'User'} "${to}"`
}
