import { formatTime } from '../../../api/clock.ts'
import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  PersistentVolumes,
} from '../../../api/core/v1/index.ts'
import { define } from '../define.ts'
import { formatAccessModes } from '../format.ts'
import { ageColumn, column, nameColumn, unset, wide } from '../table.ts'

const betaClass = 'volume.beta.kubernetes.io/storage-class'

export const persistentVolumes = define<PersistentVolume>({
  type: PersistentVolumes,
  singular: 'persistentvolume',
  shortNames: ['pv'],
  hasStatus: true,
  generation: 'none',
  prepareForCreate: (volume) => ({ ...volume, status: { phase: 'Pending' } }),
  // When the phase last changed is the server's to say.
  prepareForStatusUpdate: (volume, old, { clock }) =>
    volume.status?.phase === old.status.phase
      ? volume
      : { ...volume, status: { ...volume.status, lastPhaseTransitionTime: formatTime(clock.now()) } },
  columns: [
    nameColumn(),
    column('Capacity', (volume) => volume.spec.capacity?.storage ?? ''),
    column('Access Modes', (volume) => formatAccessModes(volume.spec.accessModes)),
    column('Reclaim Policy', (volume) => volume.spec.persistentVolumeReclaimPolicy ?? ''),
    column('Status', (volume) => (volume.metadata.deletionTimestamp ? 'Terminating' : (volume.status.phase ?? ''))),
    column('Claim', ({ spec: { claimRef } }) => (claimRef ? `${claimRef.namespace}/${claimRef.name}` : '')),
    column('StorageClass', (volume) => volume.metadata.annotations?.[betaClass] ?? volume.spec.storageClassName ?? ''),
    column('VolumeAttributesClass', (volume) => volume.spec.volumeAttributesClassName || unset),
    column('Reason', (volume) => volume.status.reason ?? ''),
    ageColumn(),
    wide('VolumeMode', (volume) => volume.spec.volumeMode ?? unset),
  ],
})

export const persistentVolumeClaims = define<PersistentVolumeClaim>({
  type: PersistentVolumeClaims,
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  hasStatus: true,
  generation: 'none',
  prepareForCreate: (claim) => ({ ...claim, status: { phase: 'Pending' } }),
  columns: [
    nameColumn(),
    column('Status', (claim) => (claim.metadata.deletionTimestamp ? 'Terminating' : (claim.status.phase ?? ''))),
    column('Volume', (claim) => claim.spec.volumeName ?? ''),
    column('Capacity', (claim) => (claim.spec.volumeName ? (claim.status.capacity?.storage ?? '') : '')),
    column('Access Modes', (claim) => (claim.spec.volumeName ? formatAccessModes(claim.status.accessModes) : '')),
    column('StorageClass', (claim) => claim.metadata.annotations?.[betaClass] ?? claim.spec.storageClassName ?? ''),
    column('VolumeAttributesClass', (claim) => claim.spec.volumeAttributesClassName || unset),
    ageColumn(),
    wide('VolumeMode', (claim) => claim.spec.volumeMode ?? unset),
  ],
})
