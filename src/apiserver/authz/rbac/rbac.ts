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

  function rulesAt(kind: string, key: string): readonly PolicyRule[] | undefined {
    const item = (kind === 'Role' ? policy?.roles : policy?.clusterRoles)?.get(key)
    return item && ((item.object as Role | ClusterRole).rules ?? [])
  }

  /** The rules of a binding's role: looked up again only after some role has changed. */
  function rulesBy(binding: Binding): readonly PolicyRule[] | undefined {
    const { kind } = binding.roleRef
    const at = (kind === 'Role' ? policy?.roles : policy?.clusterRoles)?.changed ?? 0
    if (binding.found?.at !== at) binding.found = { at, rules: rulesAt(kind, binding.roleKey) }
    return binding.found.rules
  }

  /** Calls `visit` for the user's bindings, until it returns true. */
  function someBinding(user: UserInfo, namespace: string, visit: (binding: Binding) => boolean): boolean {
    if (!policy) return false
    return (
      policy.clusterRoleBindings.some(user, '', visit) ||
      (namespace !== '' && policy.roleBindings.some(user, namespace, visit))
    )
  }

  function grantsOf(user: UserInfo, namespace: string): Grants {
    const rules = new Set<PolicyRule>()
    const errors = new Set<string>()
    someBinding(user, namespace, (binding) => {
      const own = rulesBy(binding)
      if (own) for (const rule of own) rules.add(rule)
      else errors.add(roleNotFound(binding.roleRef))
      return false
    })
    return { rules: [...rules], errors: [...errors] }
  }

  return {
    authorize(attributes: AccessAttributes): AccessDecision {
      const { user, namespace = '' } = attributes
      let by: Binding | undefined
      let errors: Set<string> | undefined
      someBinding(user, namespace, (binding) => {
        const rules = rulesBy(binding)
        if (!rules) {
          errors ??= new Set()
          errors.add(roleNotFound(binding.roleRef))
          return false
        }
        if (!rules.some((rule) => ruleAllows(rule, attributes))) return false
        by = binding
        return true
      })
      if (by) return { allowed: true, reason: `RBAC: allowed by ${described(by, user)}` }
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
    rulesOf: ({ kind, name }, namespace) => rulesAt(kind, kind === 'Role' ? `${namespace}/${name}` : name),
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
