export { flowSchemas as FlowSchemas } from './flow-schema.ts'
export { priorityLevelConfigurations as PriorityLevelConfigurations } from './priority-level-configuration.ts'
