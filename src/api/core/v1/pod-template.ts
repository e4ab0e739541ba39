import { ref, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'
import { PodTemplateSpec } from './pod.ts'

export const PodTemplate = core.kind('PodTemplate', {
  metadata: ref(1, ObjectMeta),
  template: ref(2, PodTemplateSpec),
})
export interface PodTemplate extends TypeOf<typeof PodTemplate> {}
export const PodTemplateList = core.listOf(PodTemplate)
export const PodTemplates = core.resource(PodTemplate, 'podtemplates', { namespaced: true })
