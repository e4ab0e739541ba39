import { int64, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { meta } from './meta.ts'

export const Condition = meta.message('Condition', {
  type: string(1).required(),
  status: string(2).required(),
  observedGeneration: int64(3),
  lastTransitionTime: time(4).required(),
  reason: string(5).required(),
  message: string(6).required(),
})
export interface Condition extends TypeOf<typeof Condition> {}
