import { bool, int32, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { scheduling } from './package.ts'

export const PriorityClass = scheduling.kind('PriorityClass', {
  metadata: ref(1, ObjectMeta),
  value: int32(2),
  globalDefault: bool(3),
  description: string(4),
  preemptionPolicy: string(5).explicit().default('PreemptLowerPriority'),
})
export interface PriorityClass extends TypeOf<typeof PriorityClass> {}
export const PriorityClassList = scheduling.listOf(PriorityClass)
export const PriorityClasses = scheduling.resource(PriorityClass, 'priorityclasses', { namespaced: false })
