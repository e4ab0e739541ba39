import { formatTime } from '../../../api/clock.ts'
import {
  type PersistentVolume,
  PersistentVolumeSource,
  PersistentVolumeSpec,
  PersistentVolumes,
  type VolumeNodeAffinity,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { formatAccessModes } from '../format.ts'
import type { Kind } from '../kind.ts'
import { accessModes } from '../rules/access-modes.ts'
import { equal, exactlyOne, named, positiveQuantity, unchanged } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn, unset, wide } from '../table.ts'
import { persistentVolumeWarnings } from '../warnings/persistent-volumes.ts'

export const betaClass = 'volume.beta.kubernetes.io/storage-class'

const sources = Object.keys(PersistentVolumeSource.fields)

export const persistentVolumes: Kind<PersistentVolume> = {
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
  rules: [
    rule(
      PersistentVolumeSpec,
      {
        capacity: (map = {}, field) => {
          // The kind that holds the volume has a rule of its own.
          if (field.endsWith('.inlineVolumeSpec.capacity')) return []
          if (Object.keys(map).length === 0) return [fieldError.required(field)]
          if (map.storage === undefined || Object.keys(map).length > 1)
            return [fieldError.notSupported(field, Object.keys(map), ['storage'])]
          return positiveQuantity(map.storage, `${field}[storage]`)
        },
        accessModes: (list, field) => (list?.length ? accessModes(list, field) : [fieldError.required(field)]),
        storageClassName: named(dns1123Subdomain),
        volumeAttributesClassName: (value, field) =>
          value === ''
            ? [fieldError.required(field, 'an empty string is disallowed')]
            : named(dns1123Subdomain)(value, field),
      },
      (spec, field) => [
        ...exactlyOne(spec, sources, field, 'must specify a volume type', 'may not specify more than 1 volume type'),
        ...(spec.local && !spec.nodeAffinity
          ? [fieldError.required(`${field}.nodeAffinity`, 'Local volume requires node affinity')]
          : []),
        ...(spec.nodeAffinity && !spec.nodeAffinity.required
          ? [fieldError.required(`${field}.nodeAffinity.required`, 'must specify required node constraints')]
          : []),
        ...(spec.persistentVolumeReclaimPolicy === 'Recycle' && isRoot(spec.hostPath?.path)
          ? [
              fieldError.forbidden(
                `${field}.persistentVolumeReclaimPolicy`,
                "may not be 'recycle' for a hostPath mount of '/'",
              ),
            ]
          : []),
        ...(spec.volumeAttributesClassName !== undefined && !spec.csi
          ? [fieldError.required(`${field}.csi`, 'has to be specified when using volumeAttributesClassName')]
          : []),
      ],
    ),
  ],
  warnings: persistentVolumeWarnings,
  validateUpdate,
}

function validateUpdate({ spec }: PersistentVolume, old: Stored<PersistentVolume>): FieldError[] {
  if (!spec) return []
  // A secret for growing may come later.
  const mayCome = old.spec.csi && !old.spec.csi.controllerExpandSecretRef
  const sourceOf = (s: typeof spec) => ({
    ...Object.fromEntries(sources.map((name) => [name, (s as Record<string, unknown>)[name]])),
    csi: { ...s.csi, ...(mayCome && { controllerExpandSecretRef: undefined }) },
  })
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
    ...(old.spec.nodeAffinity && !equal(current(spec.nodeAffinity, old.spec.nodeAffinity), old.spec.nodeAffinity)
      ? [
          fieldError.invalid(
            'nodeAffinity',
            spec.nodeAffinity,
            'field is immutable, except for updating from beta label to GA',
          ),
        ]
      : []),
    ...(old.spec.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined
      ? [fieldError.forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')]
      : []),
  ]
}

/** Labels of nodes that have got other names. */
const renamed: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
}

/** The new affinity with the old one's names for labels that are only called otherwise now. */
function current(affinity: VolumeNodeAffinity = {}, old: VolumeNodeAffinity): VolumeNodeAffinity {
  const before = old.required?.nodeSelectorTerms ?? []
  const terms = affinity.required?.nodeSelectorTerms.map((term, i) => ({
    ...term,
    matchExpressions: term.matchExpressions?.map((expression, j) => {
      const key = before[i]?.matchExpressions?.[j]?.key ?? ''
      return renamed[key] === expression.key ? { ...expression, key } : expression
    }),
  }))
  return { ...affinity, ...(terms && { required: { nodeSelectorTerms: terms } }) }
}

const isRoot = (path = ''): boolean => path.startsWith('/') && path.split('/').every((step) => !step || step === '.')
