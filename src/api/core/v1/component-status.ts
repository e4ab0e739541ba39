import { list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'

export const ComponentCondition = core.message('ComponentCondition', {
  type: string(1).required(),
  status: string(2).required(),
  message: string(3),
  error: string(4),
})
export interface ComponentCondition extends TypeOf<typeof ComponentCondition> {}

export const ComponentStatus = core.kind('ComponentStatus', {
  metadata: ref(1, ObjectMeta),
  conditions: list(2, ComponentCondition).map('type').patch('merge', 'type'),
})
export interface ComponentStatus extends TypeOf<typeof ComponentStatus> {}
export const ComponentStatusList = core.listOf(ComponentStatus)
export const ComponentStatuses = core.resource(ComponentStatus, 'componentstatuses', { namespaced: false })
