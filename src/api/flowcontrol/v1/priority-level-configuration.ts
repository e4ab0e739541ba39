import { int32, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { flowcontrol } from './package.ts'

export const ExemptPriorityLevelConfiguration = flowcontrol.message('ExemptPriorityLevelConfiguration', {
  nominalConcurrencyShares: int32(1).explicit().default(0),
  lendablePercent: int32(2).explicit().default(0),
})
export interface ExemptPriorityLevelConfiguration extends TypeOf<typeof ExemptPriorityLevelConfiguration> {}

export const QueuingConfiguration = flowcontrol.message('QueuingConfiguration', {
  queues: int32(1).default(64),
  handSize: int32(2).default(8),
  queueLengthLimit: int32(3).default(50),
})
export interface QueuingConfiguration extends TypeOf<typeof QueuingConfiguration> {}

export const LimitResponse = flowcontrol.message('LimitResponse', {
  type: string(1).required(),
  queuing: ref(2, QueuingConfiguration),
})
export interface LimitResponse extends TypeOf<typeof LimitResponse> {}

export const LimitedPriorityLevelConfiguration = flowcontrol.message('LimitedPriorityLevelConfiguration', {
  nominalConcurrencyShares: int32(1).explicit().default(30),
  limitResponse: ref(2, LimitResponse),
  lendablePercent: int32(3).explicit().default(0),
  borrowingLimitPercent: int32(4).explicit(),
})
export interface LimitedPriorityLevelConfiguration extends TypeOf<typeof LimitedPriorityLevelConfiguration> {}

export const PriorityLevelConfigurationSpec = flowcontrol.message('PriorityLevelConfigurationSpec', {
  type: string(1).required(),
  limited: ref(2, LimitedPriorityLevelConfiguration),
  exempt: ref(3, ExemptPriorityLevelConfiguration),
})
export interface PriorityLevelConfigurationSpec extends TypeOf<typeof PriorityLevelConfigurationSpec> {}

export const PriorityLevelConfigurationCondition = flowcontrol.message('PriorityLevelConfigurationCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
})
export interface PriorityLevelConfigurationCondition extends TypeOf<typeof PriorityLevelConfigurationCondition> {}

export const PriorityLevelConfigurationStatus = flowcontrol.message('PriorityLevelConfigurationStatus', {
  conditions: list(1, PriorityLevelConfigurationCondition).map('type').patch('merge', 'type'),
})
export interface PriorityLevelConfigurationStatus extends TypeOf<typeof PriorityLevelConfigurationStatus> {}

export const PriorityLevelConfiguration = flowcontrol.kind('PriorityLevelConfiguration', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, PriorityLevelConfigurationSpec),
  status: ref(3, PriorityLevelConfigurationStatus),
})
export interface PriorityLevelConfiguration extends TypeOf<typeof PriorityLevelConfiguration> {}
export const PriorityLevelConfigurationList = flowcontrol.listOf(PriorityLevelConfiguration)
export const PriorityLevelConfigurations = flowcontrol.resource(
  PriorityLevelConfiguration,
  'prioritylevelconfigurations',
  { namespaced: false },
)
