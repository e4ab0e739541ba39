import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import type { ObjectMeta } from '../../../api/meta/v1/index.ts'
import { aggregatedRules } from '../../../api/rbac/aggregation.ts'
import {
  type ClusterRole,
  type ClusterRoleBinding,
  ClusterRoleBindings,
  ClusterRoles,
  type Role,
  type RoleBinding,
  RoleBindings,
  type RoleRef,
  Roles,
} from '../../../api/rbac/v1/index.ts'
import { clusterRoles } from './cluster-roles.ts'
import { controllerRoles } from './controller-roles.ts'
import { namespacePolicies } from './namespaces.ts'
import { ruleOf, type SubjectWord, subjectOf } from './notation.ts'

/** Objects of one kind that every cluster has from the start. */
export type PolicyObjects =
  | { type: ResourceType<ClusterRole>; objects: ClusterRole[] }
  | { type: ResourceType<Role>; objects: Role[] }
  | { type: ResourceType<ClusterRoleBinding>; objects: ClusterRoleBinding[] }
  | { type: ResourceType<RoleBinding>; objects: RoleBinding[] }

/** ClusterRoles with the same name as their binding, and whom they are bound to. */
const clusterBindings: Readonly<Record<string, readonly SubjectWord[]>> = {
  'cluster-admin': ['group:system:masters'],
  'system:monitoring': ['group:system:monitoring'],
  'system:discovery': ['group:system:authenticated'],
  'system:basic-user': ['group:system:authenticated'],
  'system:public-info-viewer': ['group:system:authenticated', 'group:system:unauthenticated'],
  'system:node-proxier': ['user:system:kube-proxy'],
  'system:kube-controller-manager': ['user:system:kube-controller-manager'],
  'system:kube-dns': ['kube-system/kube-dns'],
  'system:kube-scheduler': ['user:system:kube-scheduler'],
  'system:volume-scheduler': ['user:system:kube-scheduler'],
  // The Node authorizer took its place: it has been without subjects since 1.8.
  'system:node': [],
  'system:service-account-issuer-discovery': ['group:system:serviceaccounts'],
}

const apiGroup = 'rbac.authorization.k8s.io'
const controllerPrefix = 'system:controller:'

/** The bootstrap policy: the Roles and bindings of upstream's 1.36, as the features that are on by default have them. */
export function bootstrapPolicy(): PolicyObjects[] {
  return [
    { type: ClusterRoles, objects: allClusterRoles() },
    {
      type: ClusterRoleBindings,
      objects: [
        ...Object.entries(clusterBindings).map(([name, to]) => clusterBinding(name, to)),
        ...Object.keys(controllerRoles).map((name) => clusterBinding(controllerPrefix + name, [`kube-system/${name}`])),
      ],
    },
    {
      type: Roles,
      objects: Object.entries(namespacePolicies).flatMap(([namespace, { roles }]) =>
        Object.entries(roles).map(
          ([name, rules]): Role => ({ metadata: { ...meta(name), namespace }, rules: rules.map(ruleOf) }),
        ),
      ),
    },
    {
      type: RoleBindings,
      objects: Object.entries(namespacePolicies).flatMap(([namespace, { bindings }]) =>
        Object.entries(bindings).map(
          ([name, { role = name, to }]): RoleBinding => ({
            metadata: { ...meta(name), namespace },
            roleRef: refTo('Role', role),
            subjects: to.map(subjectOf),
          }),
        ),
      ),
    },
  ]
}

function allClusterRoles(): ClusterRole[] {
  const roles = Object.entries(clusterRoles).map(
    ([name, { rules = [], aggregates, aggregateTo }]): ClusterRole => ({
      metadata: meta(name, aggregateTo === undefined ? {} : aggregationLabel(aggregateTo)),
      rules: rules.map(ruleOf),
      ...(aggregates && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregationLabel(aggregates) }] } }),
    }),
  )
  // From `view` to `admin`, as each contains the one before: nobody has to wait for the controller that keeps them.
  for (const role of roles.toReversed()) if (role.aggregationRule) role.rules = aggregatedRules(role, roles)
  const ofControllers = Object.entries(controllerRoles).map(
    ([name, rules]): ClusterRole => ({ metadata: meta(controllerPrefix + name), rules: rules.map(ruleOf) }),
  )
  return [...roles, ...ofControllers]
}

/** Upstream's marks of its own objects: with `autoupdate: "false"` an administrator keeps one as it is. */
const meta = (name: string, labels: Record<string, string> = {}): ObjectMeta => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
})

const aggregationLabel = (name: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' })

const refTo = (kind: 'ClusterRole' | 'Role', name: string): RoleRef => ({ apiGroup, kind, name })

const clusterBinding = (name: string, to: readonly SubjectWord[]): ClusterRoleBinding => ({
  metadata: meta(name),
  roleRef: refTo('ClusterRole', name),
  ...(to.length > 0 && { subjects: to.map(subjectOf) }),
})
