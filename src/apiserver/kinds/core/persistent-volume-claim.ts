import {
  type PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaims,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { formatAccessModes } from '../format.ts'
import type { Kind } from '../kind.ts'
import { accessModes } from '../rules/access-modes.ts'
import { equal, named, positiveQuantity, quantityOf } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn, unset, wide } from '../table.ts'
import { persistentVolumeClaimWarnings } from '../warnings/persistent-volumes.ts'
import { betaClass } from './persistent-volume.ts'

export const persistentVolumeClaims: Kind<PersistentVolumeClaim> = {
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
  rules: [
    rule(
      PersistentVolumeClaimSpec,
      {
        accessModes: (list, field) =>
          list?.length ? accessModes(list, field) : [fieldError.required(field, 'at least 1 access mode is required')],
        storageClassName: named(dns1123Subdomain),
      },
      ({ resources }, field) => {
        const storage = resources?.requests?.storage
        return storage === undefined
          ? [fieldError.required(`${field}.resources[storage]`)]
          : positiveQuantity(storage, `${field}.resources[storage]`)
      },
    ),
  ],
  warnings: persistentVolumeClaimWarnings,
  validateUpdate,
}

/** A claim may grow, and be bound, and change its attributes class; all else stays. */
function validateUpdate({ spec }: PersistentVolumeClaim, old: Stored<PersistentVolumeClaim>): FieldError[] {
  if (!spec) return []
  const errors: FieldError[] = []
  const before = old.spec
  const bound = old.status.phase === 'Bound'
  const comparable = (s: typeof spec) => ({
    ...s,
    // Binding fills the name in, and a late default class fills the class in.
    volumeName: before.volumeName ? s.volumeName : undefined,
    storageClassName: before.storageClassName === undefined ? undefined : s.storageClassName,
    ...(bound && { volumeAttributesClassName: undefined, resources: { ...s.resources, requests: undefined } }),
  })
  if (!equal(comparable(spec), comparable(before)))
    errors.push(
      fieldError.forbidden(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    )
  const [now, then] = [quantityOf(spec.resources?.requests?.storage), quantityOf(before.resources?.requests?.storage)]
  const floor = quantityOf(old.status.capacity?.storage)
  if (now && then && now.compare(then) < 0 && (!floor || now.compare(floor) <= 0))
    errors.push(fieldError.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  return errors
}
