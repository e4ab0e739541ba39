import { conditionOf } from '../conditions.ts'
import type { Node } from './v1/index.ts'

/** Whether a node is ready; Unknown without the condition, too. */
export function readiness({ status }: Node): 'True' | 'False' | 'Unknown' {
  const ready = conditionOf(status?.conditions, 'Ready')?.status
  return ready === 'True' || ready === 'False' ? ready : 'Unknown'
}
