import {
  type ResourceClaimTemplate,
  ResourceClaimTemplateSpec,
  ResourceClaimTemplates,
} from '../../../api/resource/v1/index.ts'
import { loadExpressions } from '../../expressions/lazy.ts'
import type { Kind } from '../kind.ts'
import { unchanged } from '../rules/checks.ts'
import { annotations, labels } from '../rules/labels.ts'
import { rule } from '../rules/walk.ts'
import { nameAndAge } from '../table.ts'

export const resourceClaimTemplates: Kind<ResourceClaimTemplate> = {
  type: ResourceClaimTemplates,
  singular: 'resourceclaimtemplate',
  load: loadExpressions,
  generation: 'none',
  rules: [
    rule(ResourceClaimTemplateSpec, {
      metadata: (metadata, field) => [
        ...labels(metadata?.labels, `${field}.labels`),
        ...annotations(metadata?.annotations, `${field}.annotations`),
      ],
    }),
  ],
  validateUpdate: (now, old) => unchanged(now.spec, old.spec, 'spec'),
  columns: nameAndAge(),
}
