import { Scale } from '../../api/autoscaling/v1/index.ts'
import { notFound } from '../../api/errors.ts'
import { fieldTypeOf, type Owner, type Versions } from '../../api/machinery/apply/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { ScaleDefinition } from '../definition.ts'
import type { Answer } from './answer.ts'
import { appliedTo, configOf } from './apply.ts'
import { decodeAs } from './body.ts'
import { errorResource, type Request } from './core.ts'
import { withManagedFields, writerOf } from './managed-fields.ts'
import { scaleAnswer, withScale } from './scale.ts'
import { scaleOf } from './scale-object.ts'
import { type ReplicasIn, scaleApiVersion, scaleOwners, withScaleOwners } from './scale-owners.ts'
import { change, updating } from './update.ts'

/** PATCH of `/scale` with an apply configuration: a Scale that says the replicas. */
export async function applyScale(request: Request): Promise<Answer> {
  const { served } = request
  const scaling = served.definition.scale
  if (!scaling) throw notFound(errorResource(served.type), request.call.name ?? '')
  const config = configOf(request, { apiVersion: scaleApiVersion, kind: 'Scale' })
  const strategy = updating(request, (old) => applied(request, scaling, config, old))
  return scaleAnswer(await change(request, { ...strategy, ownsItself: true }), scaling)
}

async function applied(
  request: Request,
  scaling: ScaleDefinition<KubeObject>,
  config: KubeObject,
  old: Stored<KubeObject>,
): Promise<KubeObject> {
  const owners = (old.metadata.managedFields ?? []) as readonly Owner[]
  const replicasIn = replicasOf(request)
  const live = scaleOf(old, scaling)
  const result = await appliedTo(request, {
    by: { ...writerOf(request, 'Apply'), apiVersion: scaleApiVersion },
    live,
    config,
    owners: scaleOwners(owners, replicasIn),
    reset: undefined,
    versions,
  })
  const scaled = withScale(request, scaling, decodeAs(request, Scale, result.object ?? live), old)
  const { apiVersion } = request.served.type
  return withManagedFields(scaled, withScaleOwners(owners, result.owners, replicasIn, apiVersion))
}

const versions: Versions = { type: () => fieldTypeOf(Scale), convert: (object) => object }

/** Where each version of the object has its replicas. */
function replicasOf({ core, served }: Request): ReplicasIn {
  const found = new Map(
    [served, ...core.versions(served)].map(({ type, definition }) => [type.apiVersion, definition.scale?.path ?? []]),
  )
  return (apiVersion) => found.get(apiVersion)?.map((name) => `f:${name}`)
}
