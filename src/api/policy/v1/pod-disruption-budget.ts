import { int32, int64, intOrString, list, map, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { Condition } from '../../meta/v1/condition.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { policy } from './package.ts'

export const PodDisruptionBudgetSpec = policy.message('PodDisruptionBudgetSpec', {
  minAvailable: intOrString(1).explicit(),
  selector: ref(2, LabelSelector).patch('replace'),
  maxUnavailable: intOrString(3).explicit(),
  unhealthyPodEvictionPolicy: string(4).explicit().oneOf('AlwaysAllow', 'IfHealthyBudget'),
})
export interface PodDisruptionBudgetSpec extends TypeOf<typeof PodDisruptionBudgetSpec> {}

export const PodDisruptionBudgetStatus = policy.message('PodDisruptionBudgetStatus', {
  observedGeneration: int64(1),
  disruptedPods: map(2, time),
  disruptionsAllowed: int32(3),
  currentHealthy: int32(4),
  desiredHealthy: int32(5),
  expectedPods: int32(6),
  conditions: list(7, Condition).map('type').patch('merge', 'type'),
})
export interface PodDisruptionBudgetStatus extends TypeOf<typeof PodDisruptionBudgetStatus> {}

export const PodDisruptionBudget = policy.kind('PodDisruptionBudget', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, PodDisruptionBudgetSpec),
  status: ref(3, PodDisruptionBudgetStatus),
})
export interface PodDisruptionBudget extends TypeOf<typeof PodDisruptionBudget> {}
export const PodDisruptionBudgetList = policy.listOf(PodDisruptionBudget)
export const PodDisruptionBudgets = policy.resource(PodDisruptionBudget, 'poddisruptionbudgets', { namespaced: true })
