export { priorityClasses as PriorityClasses } from './priority-class.ts'
