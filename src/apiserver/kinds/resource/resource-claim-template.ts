import { type ResourceClaimTemplate, ResourceClaimTemplates } from '../../../api/resource/v1/index.ts'
import type { Kind } from '../kind.ts'
import { nameAndAge } from '../table.ts'

export const resourceClaimTemplates: Kind<ResourceClaimTemplate> = {
  type: ResourceClaimTemplates,
  singular: 'resourceclaimtemplate',
  generation: 'none',
  columns: nameAndAge(),
}
