import {
  type PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaims,
  type TypedLocalObjectReference,
  type TypedObjectReference,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain, qualifiedName } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { formatAccessModes } from '../format.ts'
import type { Kind } from '../kind.ts'
import { accessModes } from '../rules/access-modes.ts'
import { equal, named, positiveQuantity, quantityOf, required, unchanged } from '../rules/checks.ts'
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
  prepareForCreate: (claim) => ({
    ...claim,
    ...(claim.spec && { spec: withBothSources(claim.spec) }),
    status: { phase: 'Pending' },
  }),
  prepareForUpdate: (claim) => ({ ...claim, ...(claim.spec && { spec: withBothSources(claim.spec) }) }),
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
        volumeAttributesClassName: named(dns1123Subdomain),
        dataSource: dataProblems,
        dataSourceRef: dataProblems,
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
  validateStatusUpdate,
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
  const field = 'spec.volumeAttributesClassName'
  errors.push(...unchanged(spec.volumeMode, before.volumeMode, 'volumeMode'))
  if (before.volumeAttributesClassName !== undefined && !spec.volumeAttributesClassName) {
    const what = spec.volumeAttributesClassName === undefined ? 'nil' : 'an empty string'
    if (spec.volumeAttributesClassName !== before.volumeAttributesClassName)
      errors.push(fieldError.forbidden(field, `update from non-nil value to ${what} is forbidden`))
  }
  return errors
}

/** What a claim is filled from: `dataSource` knows claims and snapshots only, and is the same as `dataSourceRef`. */
function withBothSources(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef, ...rest } = spec
  const { apiGroup = '', kind } = dataSource ?? {}
  const isKnown = apiGroup
    ? apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot'
    : kind === 'PersistentVolumeClaim'
  const source = dataSource && isKnown ? dataSource : undefined
  const ref = dataSourceRef && { ...dataSourceRef, namespace: undefined }
  return {
    ...rest,
    ...((source ?? ref) && { dataSource: source ?? dataOf(ref) }),
    ...((ref ?? source) && { dataSourceRef: dataOf(ref ?? source) }),
  }
}

/** Without members that are undefined. */
const dataOf = ({ apiGroup, kind = '', name = '' }: Partial<TypedObjectReference> = {}) => ({
  ...(apiGroup !== undefined && { apiGroup }),
  kind,
  name,
})

function dataProblems(source: TypedLocalObjectReference | undefined, field: string): FieldError[] {
  if (!source) return []
  const { apiGroup = '', kind, name } = source
  return [
    ...required(name, `${field}.name`),
    ...required(kind, `${field}.kind`),
    ...(!apiGroup && kind !== 'PersistentVolumeClaim'
      ? [fieldError.invalid(field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
      : []),
    ...named(dns1123Subdomain)(apiGroup, `${field}.apiGroup`),
  ]
}

const resizing = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
]

function validateStatusUpdate({ status = {} }: PersistentVolumeClaim): FieldError[] {
  const { capacity, allocatedResources = {}, allocatedResourceStatuses: states = {} } = status
  const at = 'status.allocatedResourceStatus'
  return [
    ...sizes(capacity, 'status.capacity'),
    ...Object.entries(states).flatMap(([name, state]) => [
      ...resourceKey(name, at),
      ...(resizing.includes(state) ? [] : [fieldError.notSupported(at, name, resizing)]),
    ]),
    ...Object.keys(allocatedResources).flatMap((name) => resourceKey(name, 'status.allocatedResources')),
    ...sizes(allocatedResources, 'status.allocatedResources'),
  ]
}

const sizes = (map: Record<string, string> = {}, field: string) =>
  Object.entries(map).flatMap(([name, text]) =>
    (quantityOf(text)?.sign ?? 0) < 0
      ? [fieldError.invalid(`${field}[${name}]`, text, 'must be a valid resource quantity')]
      : [],
  )

/** Of what is Kubernetes' own, claims have storage only. */
function resourceKey(name: string, field: string): FieldError[] {
  const problems = qualifiedName(name)
  if (problems.length) return problems.map((problem) => fieldError.invalid(field, name, problem))
  const isNative = !name.includes('/') || name.includes('kubernetes.io/')
  return isNative && name !== 'storage' ? [fieldError.notSupported(field, name, ['storage'])] : []
}
