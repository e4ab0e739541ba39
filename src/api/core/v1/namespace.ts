import { defaults } from '../../machinery/schema/defaults.ts'
import { list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'

export const NamespaceSpec = core.message('NamespaceSpec', {
  finalizers: list(1, string).atomic(),
})
export interface NamespaceSpec extends TypeOf<typeof NamespaceSpec> {}

export const NamespaceCondition = core.message('NamespaceCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
})
export interface NamespaceCondition extends TypeOf<typeof NamespaceCondition> {}

export const NamespaceStatus = core.message('NamespaceStatus', {
  phase: string(1).oneOf('Active', 'Terminating').default('Active'),
  conditions: list(2, NamespaceCondition).map('type').patch('merge', 'type'),
})
export interface NamespaceStatus extends TypeOf<typeof NamespaceStatus> {}

export const Namespace = core.kind('Namespace', 'A space for names, and what quotas and rights are about.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, NamespaceSpec),
  status: ref(3, NamespaceStatus),
})
export interface Namespace extends TypeOf<typeof Namespace> {}
export const NamespaceList = core.listOf(Namespace)
export const Namespaces = core.resource(Namespace, 'namespaces', { namespaced: false })
defaults(Namespace, ({ metadata }) => {
  if (metadata?.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name }
})
