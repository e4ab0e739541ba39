import { conditionOf, isConditionTrue } from '../../../api/conditions.ts'
import { type ComponentStatus, ComponentStatuses } from '../../../api/core/v1/index.ts'
import type { Kind } from '../kind.ts'
import { column, nameColumn } from '../table.ts'

export const componentStatuses: Kind<ComponentStatus> = {
  type: ComponentStatuses,
  deprecation: 'deprecated in v1.19+',
  singular: 'componentstatus',
  shortNames: ['cs'],
  verbs: ['get', 'list'],
  generation: 'none',
  columns: [
    nameColumn(),
    column('Status', (component) => (isConditionTrue(component.conditions, 'Healthy') ? 'Healthy' : 'Unhealthy')),
    column('Message', (component) => conditionOf(component.conditions, 'Healthy')?.message ?? ''),
    column('Error', (component) => conditionOf(component.conditions, 'Healthy')?.error ?? ''),
  ],
}
