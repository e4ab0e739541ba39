import { defaults } from '../../machinery/schema/defaults.ts'
import { list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { rbac } from './package.ts'

export const RoleRef = rbac.atomicMessage('RoleRef', {
  apiGroup: string(1).default('rbac.authorization.k8s.io'),
  kind: string(2).required(),
  name: string(3).required(),
})
export interface RoleRef extends TypeOf<typeof RoleRef> {}

export const Subject = rbac.atomicMessage('Subject', {
  kind: string(1).required(),
  apiGroup: string(2),
  name: string(3).required(),
  namespace: string(4),
})
export interface Subject extends TypeOf<typeof Subject> {}
defaults(Subject, (subject) => {
  if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= 'rbac.authorization.k8s.io'
})

export const ClusterRoleBinding = rbac.kind('ClusterRoleBinding', {
  metadata: ref(1, ObjectMeta),
  subjects: list(2, Subject).atomic(),
  roleRef: ref(3, RoleRef).required(),
})
export interface ClusterRoleBinding extends TypeOf<typeof ClusterRoleBinding> {}
export const ClusterRoleBindingList = rbac.listOf(ClusterRoleBinding)
export const ClusterRoleBindings = rbac.resource(ClusterRoleBinding, 'clusterrolebindings', { namespaced: false })

export const RoleBinding = rbac.kind('RoleBinding', {
  metadata: ref(1, ObjectMeta),
  subjects: list(2, Subject).atomic(),
  roleRef: ref(3, RoleRef).required(),
})
export interface RoleBinding extends TypeOf<typeof RoleBinding> {}
export const RoleBindingList = rbac.listOf(RoleBinding)
export const RoleBindings = rbac.resource(RoleBinding, 'rolebindings', { namespaced: true })
