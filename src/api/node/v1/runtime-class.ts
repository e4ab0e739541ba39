import { Toleration } from '../../core/v1/affinity.ts'
import { list, map, quantity, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { node } from './package.ts'

export const Overhead = node.message('Overhead', {
  podFixed: map(1, quantity),
})
export interface Overhead extends TypeOf<typeof Overhead> {}

export const Scheduling = node.message('Scheduling', {
  nodeSelector: map(1, string).atomic(),
  tolerations: list(2, Toleration).atomic(),
})
export interface Scheduling extends TypeOf<typeof Scheduling> {}

export const RuntimeClass = node.kind('RuntimeClass', {
  metadata: ref(1, ObjectMeta),
  handler: string(2).required(),
  overhead: ref(3, Overhead),
  scheduling: ref(4, Scheduling),
})
export interface RuntimeClass extends TypeOf<typeof RuntimeClass> {}
export const RuntimeClassList = node.listOf(RuntimeClass)
export const RuntimeClasses = node.resource(RuntimeClass, 'runtimeclasses', { namespaced: false })
