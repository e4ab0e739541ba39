export { podDisruptionBudgets as PodDisruptionBudgets } from './pod-disruption-budget.ts'
