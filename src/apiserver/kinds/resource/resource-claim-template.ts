import { type ResourceClaimTemplate, ResourceClaimTemplates } from '../../../api/resource/v1/index.ts'
import type { Kind } from '../kind.ts'
import { unchanged } from '../rules/checks.ts'
import { nameAndAge } from '../table.ts'

export const resourceClaimTemplates: Kind<ResourceClaimTemplate> = {
  type: ResourceClaimTemplates,
  singular: 'resourceclaimtemplate',
  generation: 'none',
  validateUpdate: (now, old) => unchanged(now.spec, old.spec, 'spec'),
  columns: nameAndAge(),
}
