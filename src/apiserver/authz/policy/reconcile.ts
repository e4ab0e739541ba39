import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import type { ClusterRole, PolicyRule, RoleBinding, Subject } from '../../../api/rbac/v1/index.ts'
import { joinVerbs, missingRules } from '../rbac/rules.ts'

/** A Role, a ClusterRole or a binding of either. */
export type PolicyObject = KubeObject &
  Pick<ClusterRole, 'rules' | 'aggregationRule'> &
  Partial<Pick<RoleBinding, 'roleRef' | 'subjects'>>
export type PolicyType = ResourceType<PolicyObject>

/**
 * What a present object of the bootstrap policy becomes: it gets the labels, annotations, rules, selectors and subjects that
 * it lacks, and loses nothing. 'replace': its role cannot be changed, so it is made anew. Undefined: it stays.
 * ('Using RBAC Authorization', 'Auto-reconciliation')
 */
export function reconciled(
  present: Stored<PolicyObject>,
  wanted: PolicyObject,
): Stored<PolicyObject> | 'replace' | undefined {
  const { metadata } = present
  if (metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] === 'false') return undefined
  if (wanted.roleRef && !jsonEqual(wanted.roleRef, present.roleRef)) return 'replace'
  const next: Stored<PolicyObject> = {
    ...present,
    metadata: {
      ...metadata,
      labels: { ...wanted.metadata?.labels, ...metadata.labels },
      annotations: { ...wanted.metadata?.annotations, ...metadata.annotations },
    },
    ...(wanted.aggregationRule ? withSelectors(present, wanted) : withRules(present, wanted)),
    ...withSubjects(present, wanted),
  }
  return jsonEqual(next, present) ? undefined : next
}

function withRules({ rules: held = [] }: PolicyObject, { rules: asked = [] }: PolicyObject): { rules?: PolicyRule[] } {
  const missing = joinVerbs(missingRules(held, asked))
  return missing.length > 0 ? { rules: [...held, ...missing] } : {}
}

function withSelectors(present: PolicyObject, wanted: PolicyObject): Pick<ClusterRole, 'aggregationRule'> {
  const held = present.aggregationRule?.clusterRoleSelectors ?? []
  const asked = wanted.aggregationRule?.clusterRoleSelectors ?? []
  const missing = asked.filter((selector) => !held.some((own) => jsonEqual(own, selector)))
  return missing.length > 0 ? { aggregationRule: { clusterRoleSelectors: [...held, ...missing] } } : {}
}

function withSubjects(
  { subjects: held = [] }: PolicyObject,
  { subjects: asked = [] }: PolicyObject,
): { subjects?: Subject[] } {
  const missing = asked.filter((subject) => !held.some((own) => jsonEqual(own, subject)))
  return missing.length > 0 ? { subjects: [...held, ...missing] } : {}
}
