import {
  difference,
  type FieldSet,
  has,
  inOrder,
  isSameOwner,
  type Owner,
  ownerOf,
  setOf,
  withFields,
} from '../../api/machinery/apply/index.ts'

export const scaleApiVersion = 'autoscaling/v1'

/** The path to the replicas in a version of the object; empty where it has none, undefined for an unknown version. */
export type ReplicasIn = (apiVersion: string) => readonly string[] | undefined

const inScale: FieldSet = setOf(['f:spec', 'f:replicas'])

/** The owners of the replicas of an object, as owners of its Scale. */
export const scaleOwners = (owners: readonly Owner[], replicasIn: ReplicasIn): readonly Owner[] =>
  owners.flatMap((owner) => {
    const path = replicasIn(owner.apiVersion)
    const owns = path !== undefined && has(owner.fieldsV1, path)
    return owns ? [ownerOf({ ...owner, apiVersion: scaleApiVersion }, inScale, owner.time)] : []
  })

/** The owners of an object after a write of its Scale: `scale` own the replicas, and nobody else does. */
export function withScaleOwners(
  owners: readonly Owner[],
  scale: readonly Owner[],
  replicasIn: ReplicasIn,
  apiVersion: string,
): readonly Owner[] {
  const ofReplicas = scale.filter(({ fieldsV1 }) => has(fieldsV1, ['f:spec', 'f:replicas']))
  const kept = new Set<Owner>()
  const others = owners.flatMap((owner) => {
    const path = replicasIn(owner.apiVersion)
    if (!path) return []
    if (!has(owner.fieldsV1, path)) return [owner]
    const own = ofReplicas.find((one) => isSameOwner({ ...one, apiVersion: owner.apiVersion }, owner))
    if (own) {
      kept.add(own)
      return [owner]
    }
    return withFields(owner, difference(owner.fieldsV1, setOf(path))) ?? []
  })
  const fields = setOf(replicasIn(apiVersion) ?? [])
  const added = ofReplicas.flatMap((one) => (kept.has(one) ? [] : [ownerOf({ ...one, apiVersion }, fields, one.time)]))
  return inOrder([...others, ...added])
}
