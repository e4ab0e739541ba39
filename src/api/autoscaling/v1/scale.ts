import { int32, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { autoscalingV1 } from './package.ts'

export const ScaleSpec = autoscalingV1.message('ScaleSpec', {
  replicas: int32(1),
})
export interface ScaleSpec extends TypeOf<typeof ScaleSpec> {}

export const ScaleStatus = autoscalingV1.message('ScaleStatus', {
  replicas: int32(1).required(),
  selector: string(2),
})
export interface ScaleStatus extends TypeOf<typeof ScaleStatus> {}

export const Scale = autoscalingV1.kind('Scale', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ScaleSpec),
  status: ref(3, ScaleStatus),
})
export interface Scale extends TypeOf<typeof Scale> {}
