import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/core/v1/index.ts'
import type { ObjectMeta } from '../../../api/meta/v1/index.ts'
import { fractionalBytes } from './amounts.ts'
import { claimWarnings } from './claims.ts'
import { termWarnings } from './node-labels.ts'
import { deprecatedVolumes } from './pod-volumes.ts'

const beta = 'volume.beta.kubernetes.io/storage-class'
const mountOptions = 'volume.beta.kubernetes.io/mount-options'
const noRecycling =
  'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.'

/** A deprecated annotation. */
const annotated = ({ annotations = {} }: ObjectMeta = {}, key: string, text: string) =>
  Object.hasOwn(annotations, key) ? [`metadata.annotations[${key}]: ${text}`] : []

const ofClass = (metadata: ObjectMeta | undefined) =>
  annotated(metadata, beta, 'deprecated since v1.8; use "storageClassName" attribute instead')

export const persistentVolumeClaimWarnings = ({ metadata, spec = {} }: PersistentVolumeClaim): string[] => [
  ...ofClass(metadata),
  ...claimWarnings(spec, 'spec'),
]

export function persistentVolumeWarnings({ metadata, spec = {} }: PersistentVolume): string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? []
  return [
    ...ofClass(metadata),
    ...annotated(metadata, mountOptions, 'deprecated since v1.31; use "mountOptions" attribute instead'),
    ...fractionalBytes(spec.capacity, ['storage'], 'spec.capacity'),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [`spec.persistentVolumeReclaimPolicy: ${noRecycling}`] : []),
    ...terms.flatMap((term, i) => termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`)),
    ...deprecatedVolumes
      .filter(([source]) => (spec as Record<string, unknown>)[source])
      .map(([, name, text]) => `spec.${name}: ${text}`),
  ]
}
