import { int64, rawExtension, ref, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { apps } from './package.ts'

export const ControllerRevision = apps.kind('ControllerRevision', {
  metadata: ref(1, ObjectMeta),
  data: rawExtension(2),
  revision: int64(3).required(),
})
export interface ControllerRevision extends TypeOf<typeof ControllerRevision> {}
export const ControllerRevisionList = apps.listOf(ControllerRevision)
export const ControllerRevisions = apps.resource(ControllerRevision, 'controllerrevisions', { namespaced: true })
