import { type References, referencesOf, secretsOfVolume } from '../../../api/core/pod-references.ts'
import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  PersistentVolumes,
  type Pod,
  Pods,
} from '../../../api/core/v1/index.ts'
import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import { type ResourceSlice, ResourceSlices } from '../../../api/resource/v1/index.ts'
import { type VolumeAttachment, VolumeAttachments } from '../../../api/storage/v1/index.ts'
import type { Item } from '../../cache/item.ts'
import type { ResourceCache } from '../../cache/resource-cache.ts'
import type { Resources } from '../../registry/resources.ts'

/** Whether an object concerns a node. `namespace` is empty for cluster-scoped objects. */
export type Relation = (node: string, namespace: string, name: string) => boolean

/** The kinds of objects that a node may use because one of its pods does, or because they name the node. */
export interface Relations {
  pod: Relation
  secret: Relation
  configMap: Relation
  claim: Relation
  volume: Relation
  resourceClaim: Relation
  serviceAccount: Relation
  attachment: Relation
  slice: Relation
}

/**
 * Looks the relations up in the server's cache. Upstream keeps a graph of all pods for them; here an answer costs a look at
 * the pods of that one node, which have an index, and nothing is kept.
 */
export function relationsIn(resources: Resources): Relations {
  const cacheOf = ({ group, version, resource }: ResourceType): ResourceCache => {
    const served = resources.find(group, version, resource)
    if (!served) throw new Error(`the Node authorizer needs the resource ${resource}`)
    return served.cache
  }
  const pods = cacheOf(Pods as ResourceType)
  const claims = cacheOf(PersistentVolumeClaims as ResourceType)
  const volumes = cacheOf(PersistentVolumes as ResourceType)
  const attachments = cacheOf(VolumeAttachments as ResourceType)
  const slices = cacheOf(ResourceSlices as ResourceType)

  const podsOf = (node: string): Iterable<Item> => pods.having('spec.nodeName', node)
  const somePod = (node: string, namespace: string, uses: (references: References) => boolean): boolean => {
    const inNamespace = `${namespace}/`
    for (const { key, object } of podsOf(node))
      if (key.startsWith(inNamespace) && uses(referencesOf(object as Pod))) return true
    return false
  }

  const claim: Relation = (node, namespace, name) =>
    somePod(node, namespace, (references) => references.claims.has(name))
  const mounts = (node: string, { spec }: PersistentVolume): boolean => {
    const { namespace, name } = spec?.claimRef ?? {}
    return namespace !== undefined && name !== undefined && claim(node, namespace, name)
  }
  /** The volumes of all claims of the node's pods. */
  const mounted = (node: string): PersistentVolume[] =>
    [...podsOf(node)].flatMap(({ namespace, object }) => {
      const { claims: names } = referencesOf(object as Pod)
      return names.size === 0 ? [] : [...names].flatMap((name) => volumeOf(namespace, name) ?? [])
    })
  function volumeOf(namespace: string, name: string): PersistentVolume | undefined {
    const claimed = claims.get(`${namespace}/${name}`)?.object as PersistentVolumeClaim | undefined
    const volume = volumes.get(claimed?.spec?.volumeName ?? '')?.object as PersistentVolume | undefined
    const { claimRef } = volume?.spec ?? {}
    return claimRef?.namespace === namespace && claimRef.name === name ? volume : undefined
  }
  return {
    claim,
    pod: (node, namespace, name) =>
      (pods.get(`${namespace}/${name}`)?.object as Pod | undefined)?.spec?.nodeName === node,
    secret: (node, namespace, name) =>
      somePod(node, namespace, (references) => references.secrets.has(name)) ||
      mounted(node).some((volume) => secretsOfVolume(volume).includes(`${namespace}/${name}`)),
    configMap: (node, namespace, name) => somePod(node, namespace, (references) => references.configMaps.has(name)),
    resourceClaim: (node, namespace, name) =>
      somePod(node, namespace, (references) => references.resourceClaims.has(name)),
    serviceAccount: (node, namespace, name) =>
      somePod(node, namespace, (references) => references.serviceAccount === name),
    volume(node, _, name) {
      const volume = volumes.get(name)?.object as PersistentVolume | undefined
      return volume !== undefined && mounts(node, volume)
    },
    attachment: (node, _, name) =>
      (attachments.get(name)?.object as VolumeAttachment | undefined)?.spec?.nodeName === node,
    slice: (node, _, name) => (slices.get(name)?.object as ResourceSlice | undefined)?.spec?.nodeName === node,
  }
}
