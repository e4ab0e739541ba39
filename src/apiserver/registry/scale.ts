import { Scale } from '../../api/autoscaling/v1/index.ts'
import { fieldError, invalid, notFound } from '../../api/errors.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { ScaleDefinition } from '../definition.ts'
import type { Answer } from './answer.ts'
import { decodeAs } from './body.ts'
import { presented } from './conversion.ts'
import type { Request } from './core.ts'
import { scaleOf } from './scale-object.ts'
import { change, updating } from './update.ts'

/** PUT of `/scale`: writes the replicas of an object of any kind that has them. */
export async function updateScale(request: Request, scaling: ScaleDefinition<KubeObject>): Promise<Answer> {
  const scale = decodeAs(request, Scale, request.call.body)
  const scaled = updating(request, (old) => withScale(request, scaling, scale, old))
  return scaleAnswer(await change(request, scaled), scaling)
}

/** The object with the replicas, and under the conditions (uid, resourceVersion), of a Scale. */
export function withScale(
  { call }: Request,
  scaling: ScaleDefinition<KubeObject>,
  scale: Scale,
  old: Stored<KubeObject>,
): KubeObject {
  const { name, namespace, uid, resourceVersion } = scale.metadata ?? {}
  if (name && name !== call.name) throw notFound({ group: 'autoscaling', resource: 'scales' }, name)
  const replicas = scale.spec?.replicas ?? 0
  const errors = [
    ...(replicas < 0 ? [fieldError.invalid('spec.replicas', replicas, 'must be greater than or equal to 0')] : []),
    ...(namespace && namespace !== call.namespace
      ? [fieldError.invalid('metadata.namespace', namespace, 'does not match the namespace of the request')]
      : []),
  ]
  if (errors.length > 0) throw invalid({ group: 'autoscaling', kind: 'Scale' }, call.name ?? '', errors)
  const changed = scaling.withReplicas(old, replicas)
  return { ...changed, metadata: { ...changed.metadata, ...(uid && { uid }), resourceVersion } }
}

export function scaleAnswer(answer: Answer, scaling: ScaleDefinition<KubeObject>): Answer {
  if (answer.kind === 'list') return answer
  const object = answer.kind === 'item' ? presented(answer.served, answer.item) : (answer.object as Stored<KubeObject>)
  return { kind: 'object', object: scaleOf(object, scaling), ...(answer.code && { code: answer.code }) }
}
