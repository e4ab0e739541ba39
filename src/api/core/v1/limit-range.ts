import { defaults } from '../../machinery/schema/defaults.ts'
import { list, map, quantity, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'

export const LimitRangeItem = core.message('LimitRangeItem', {
  type: string(1).required(),
  max: map(2, quantity),
  min: map(3, quantity),
  default: map(4, quantity),
  defaultRequest: map(5, quantity),
  maxLimitRequestRatio: map(6, quantity),
})
export interface LimitRangeItem extends TypeOf<typeof LimitRangeItem> {}
defaults(LimitRangeItem, (item) => {
  if (item.type !== 'Container') return
  const limits = { ...item.max, ...item.default }
  const requests = { ...item.min, ...limits, ...item.defaultRequest }
  if (Object.keys(limits).length > 0) item.default = limits
  if (Object.keys(requests).length > 0) item.defaultRequest = requests
})

export const LimitRangeSpec = core.message('LimitRangeSpec', {
  limits: list(1, LimitRangeItem).required().atomic(),
})
export interface LimitRangeSpec extends TypeOf<typeof LimitRangeSpec> {}

export const LimitRange = core.kind('LimitRange', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, LimitRangeSpec),
})
export interface LimitRange extends TypeOf<typeof LimitRange> {}
export const LimitRangeList = core.listOf(LimitRange)
export const LimitRanges = core.resource(LimitRange, 'limitranges', { namespaced: true })
