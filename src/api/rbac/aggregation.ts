import { jsonEqual } from '../machinery/json/json-equal.ts'
import { selectorOf } from '../machinery/selectors/labels.ts'
import type { KubeObject } from '../object.ts'
import type { ClusterRole, PolicyRule } from './v1/index.ts'

/**
 * The rules of an aggregated ClusterRole: those of the others that its selectors choose, selector by selector, in order of
 * name, each rule once. ('Using RBAC Authorization', 'Aggregated ClusterRoles')
 */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const name = nameOf(role)
  const others = all.filter((other) => nameOf(other) !== name).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const rules: PolicyRule[] = []
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const chosen = selectorOf(selector)
    for (const other of others) {
      if (!chosen.matches(other.metadata?.labels)) continue
      for (const rule of other.rules ?? []) if (!rules.some((known) => jsonEqual(known, rule))) rules.push(rule)
    }
  }
  return rules
}

const nameOf = ({ metadata }: KubeObject): string => metadata?.name ?? ''
