import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSource,
  PersistentVolumeSpec,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain, qualifiedName } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { type StorageClass, StorageClass as StorageClassType } from '../../../api/storage/v1/index.ts'
import { equal, exactlyOne, named, oneOf, positiveQuantity, quantityOf, unchanged } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const sources = Object.keys(PersistentVolumeSource.fields)

const accessModes: Check<string[]> = (list = [], field) => [
  ...list.filter((mode) => !modes.includes(mode)).map((mode) => fieldError.notSupported(field, mode, modes)),
  ...(list.includes('ReadWriteOncePod') && list.length > 1
    ? [fieldError.forbidden(field, 'may not use ReadWriteOncePod with other access modes')]
    : []),
]

const className = named(dns1123Subdomain)

export const storageRules = [
  rule(
    PersistentVolumeSpec,
    {
      capacity: (map = {}, field) => {
        if (Object.keys(map).length === 0) return [fieldError.required(field)]
        if (map.storage === undefined || Object.keys(map).length > 1)
          return [fieldError.notSupported(field, Object.keys(map), ['storage'])]
        return positiveQuantity(map.storage, `${field}[storage]`)
      },
      accessModes: (list, field) => (list?.length ? accessModes(list, field) : [fieldError.required(field)]),
      persistentVolumeReclaimPolicy: oneOf('Delete', 'Recycle', 'Retain'),
      storageClassName: className,
      volumeMode: oneOf('Block', 'Filesystem'),
    },
    (spec, field) => [
      ...exactlyOne(spec, sources, field, 'must specify a volume type', 'may not specify more than 1 volume type'),
      ...(spec.local && !spec.nodeAffinity
        ? [fieldError.required(`${field}.nodeAffinity`, 'Local volume requires node affinity')]
        : []),
    ],
  ),
  rule(
    PersistentVolumeClaimSpec,
    {
      accessModes: (list, field) =>
        list?.length ? accessModes(list, field) : [fieldError.required(field, 'at least 1 access mode is required')],
      storageClassName: className,
      volumeMode: oneOf('Block', 'Filesystem'),
    },
    ({ resources }, field) => {
      const storage = resources?.requests?.storage
      return storage === undefined
        ? [fieldError.required(`${field}.resources[storage]`)]
        : positiveQuantity(storage, `${field}.resources[storage]`)
    },
  ),
  rule(StorageClassType, {
    provisioner: (value, field) =>
      value ? named(qualifiedName)(value.toLowerCase(), field) : [fieldError.required(field)],
    reclaimPolicy: oneOf('Delete', 'Retain'),
    volumeBindingMode: (value, field) =>
      value ? oneOf('Immediate', 'WaitForFirstConsumer')(value, field) : [fieldError.required(field)],
  }),
]

export function validateVolumeUpdate({ spec }: PersistentVolume, old: Stored<PersistentVolume>): FieldError[] {
  if (!spec) return []
  const sourceOf = (s: typeof spec) =>
    Object.fromEntries(sources.map((name) => [name, (s as Record<string, unknown>)[name]]))
  return [
    ...(equal(sourceOf(spec), sourceOf(old.spec))
      ? []
      : [
          fieldError.forbidden(
            'spec.persistentvolumesource',
            'spec.persistentvolumesource is immutable after creation',
          ),
        ]),
    ...unchanged(spec.volumeMode, old.spec.volumeMode, 'volumeMode'),
    ...(old.spec.nodeAffinity ? unchanged(spec.nodeAffinity, old.spec.nodeAffinity, 'spec.nodeAffinity') : []),
  ]
}

/** A claim may grow, and be bound, and change its attributes class; all else stays. */
export function validateClaimUpdate({ spec }: PersistentVolumeClaim, old: Stored<PersistentVolumeClaim>): FieldError[] {
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

export function validateStorageClassUpdate(now: StorageClass, old: Stored<StorageClass>): FieldError[] {
  const forbidden = (['parameters', 'provisioner', 'reclaimPolicy'] as const)
    .filter((name) => !equal(now[name], old[name]))
    .map((name) => fieldError.forbidden(name, `updates to ${name} are forbidden.`))
  return [...forbidden, ...unchanged(now.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode')]
}
