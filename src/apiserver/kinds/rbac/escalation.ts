import { forbidden, notFound } from '../../../api/errors.ts'
import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
} from '../../../api/rbac/v1/index.ts'
import { joinVerbs, missingRules, quotedList, ruleText } from '../../authz/rbac/rules.ts'
import type { HookContext } from '../../definition.ts'
import type { ResourceOptions } from '../options.ts'

type AnyRole = Role | ClusterRole
type AnyBinding = RoleBinding | ClusterRoleBinding
type Guard<T> = (object: T, old: Stored<T> | undefined, context: HookContext) => Promise<void>
type Kind = Pick<ResourceType, 'group' | 'version' | 'resource'>

/**
 * Nobody may write a role with rights that he does not have himself, unless he may `escalate` it. ('Using RBAC
 * Authorization', 'Privilege escalation prevention and bootstrapping')
 */
export const guardRole = <T extends AnyRole>(options: ResourceOptions, kind: Kind): Guard<T> =>
  guarded(async (role, old, context) => {
    const { name = '', namespace = '' } = role.metadata ?? {}
    const resource = { verb: 'escalate', group: kind.group, version: kind.version, resource: kind.resource }
    const named = { ...(namespace && { namespace }), ...(old && { name }) }
    if (await isAllowed(options, context, { ...resource, ...named })) return
    const problem = missing(options, context, namespace, role.rules ?? [])
    if (problem) throw forbidden(kind, name, problem)
    const aggregates = 'aggregationRule' in role || (old && 'aggregationRule' in old)
    if (aggregates && missing(options, context, '', everything))
      throw forbidden(kind, name, 'must have cluster-admin privileges to use the aggregationRule')
  })

/** Nobody may bind a role with rights that he does not have himself, unless he may `bind` it. */
export const guardBinding = <T extends AnyBinding>(options: ResourceOptions, kind: Kind): Guard<T> =>
  guarded(async ({ roleRef, metadata: { name = '', namespace = '' } = {} }, _, context) => {
    const resource = roleRef.kind === 'Role' ? 'roles' : 'clusterroles'
    const asked = { verb: 'bind', group: roleRef.apiGroup ?? kind.group, version: '*', resource, name: roleRef.name }
    if (await isAllowed(options, context, { ...asked, ...(namespace && { namespace }) })) return
    const rules = options.rights?.rulesOf(roleRef as RoleRef, namespace)
    if (!rules) throw notFound({ group: kind.group, resource: roleRef.kind?.toLowerCase() ?? '' }, roleRef.name ?? '')
    const problem = missing(options, context, namespace, rules)
    if (problem) throw forbidden(kind, name, problem)
  })

const everything: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

/** Administrators may write anything, and the garbage collector may do its work. */
const guarded =
  <T extends KubeObject>(guard: Guard<T>): Guard<T> =>
  async (object, old, context) => {
    if (context.user.groups.includes('system:masters')) return
    if (old && jsonEqual(withoutOwners(object), withoutOwners(old as KubeObject))) return
    await guard(object, old, context)
  }

const withoutOwners = ({ metadata, ...rest }: KubeObject) => ({
  ...rest,
  metadata: { ...metadata, ownerReferences: undefined, finalizers: undefined, managedFields: undefined },
})

async function isAllowed(
  { authorize }: ResourceOptions,
  { user }: HookContext,
  resource: Record<string, string>,
): Promise<boolean> {
  return authorize !== undefined && (await authorize(user, { resource })).allowed
}

/** The rights that the user would grant without having them, in upstream's words. */
function missing(
  { rights }: ResourceOptions,
  { user }: HookContext,
  namespace: string,
  rules: readonly PolicyRule[],
): string | undefined {
  const { rules: held, errors } = rights?.grantsOf(user, namespace) ?? { rules: [], errors: [] }
  const lacking = missingRules(held, rules)
  if (lacking.length === 0) return undefined
  const lines = [...new Set(joinVerbs(lacking).map(ruleText))].sort().join('\n')
  const unresolved = errors.length > 0 ? `; resolution errors: [${errors.join(', ')}]` : ''
  return (
    `user ${JSON.stringify(user.name)} (groups=${quotedList(user.groups)}) is attempting to grant RBAC permissions not ` +
    `currently held:\n${lines}${unresolved}`
  )
}
