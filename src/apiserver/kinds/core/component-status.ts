import { type ComponentStatus, ComponentStatuses } from '../../../api/core/v1/index.ts'
import type { Kind } from '../kind.ts'
import { column, nameColumn } from '../table.ts'

export const componentStatuses: Kind<ComponentStatus> = {
  type: ComponentStatuses,
  singular: 'componentstatus',
  shortNames: ['cs'],
  verbs: ['get', 'list'],
  generation: 'none',
  columns: [
    nameColumn(),
    column('Status', (component) =>
      component.conditions?.some((c) => c.type === 'Healthy' && c.status === 'True') ? 'Healthy' : 'Unhealthy',
    ),
    column('Message', (component) => component.conditions?.find((c) => c.type === 'Healthy')?.message ?? ''),
    column('Error', (component) => component.conditions?.find((c) => c.type === 'Healthy')?.error ?? ''),
  ],
}
