import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { aggregatedRules } from '../../api/rbac/aggregation.ts'
import { ClusterRoles } from '../../api/rbac/v1/index.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { mapped } from '../../controller/watches.ts'

/** Keeps the rules of aggregated ClusterRoles equal to those of the roles that they select. */
export function clusterRoleAggregationController({ client, informers }: Context): Controller {
  const roles = informers.of(ClusterRoles)
  const aggregated = () => roles.list().filter(({ aggregationRule }) => aggregationRule)
  return {
    name: 'clusterrole-aggregation',
    // A change of any role may concern any that aggregates; there are few of these.
    watches: [mapped(ClusterRoles, () => aggregated().map(({ metadata: { name } }) => name))],
    async reconcile(name) {
      const role = roles.get(name)
      if (!role?.aggregationRule) return
      const rules = aggregatedRules(role, roles.list())
      if (!jsonEqual(rules, role.rules ?? [])) await client.update(ClusterRoles, { ...role, rules })
    },
  }
}
