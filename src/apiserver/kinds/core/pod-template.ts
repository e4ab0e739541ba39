import { type PodTemplate, PodTemplates } from '../../../api/core/v1/index.ts'
import { containerImages, containerNames, formatLabels } from '../format.ts'
import type { Kind } from '../kind.ts'
import { column, nameColumn } from '../table.ts'
import { templateWarnings } from '../warnings/pod-template.ts'

export const podTemplates: Kind<PodTemplate> = {
  type: PodTemplates,
  singular: 'podtemplate',
  generation: 'all',
  columns: [
    nameColumn(),
    column('Containers', (template) => containerNames(template.template?.spec)),
    column('Images', (template) => containerImages(template.template?.spec)),
    column('Pod Labels', (template) => formatLabels(template.template?.metadata?.labels)),
  ],
  warnings: ({ template }) => templateWarnings(template, 'template'),
}
