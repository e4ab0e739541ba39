import type { Stored } from '../../../api/object.ts'
import * as storage from '../../../api/storage/v1/index.ts'
import { define } from '../define.ts'
import { ageColumn, boolean, column, integer, nameAndAge, nameColumn, none, unset } from '../table.ts'

const isDefault = ({ metadata }: Stored<storage.StorageClass>) =>
  ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'].some(
    (key) => metadata.annotations?.[key] === 'true',
  )

/** storage.k8s.io */
export const storageKinds = [
  define<storage.StorageClass>({
    type: storage.StorageClasses,
    singular: 'storageclass',
    shortNames: ['sc'],
    generation: 'none',
    columns: [
      nameColumn((sc) => (isDefault(sc) ? `${sc.metadata.name} (default)` : sc.metadata.name)),
      column('Provisioner', (sc) => sc.provisioner),
      column('ReclaimPolicy', (sc) => sc.reclaimPolicy ?? 'Delete'),
      column('VolumeBindingMode', (sc) => sc.volumeBindingMode ?? 'Immediate'),
      column('AllowVolumeExpansion', (sc) => sc.allowVolumeExpansion ?? false),
      ageColumn(),
    ],
  }),
  define<storage.VolumeAttributesClass>({
    type: storage.VolumeAttributesClasses,
    singular: 'volumeattributesclass',
    shortNames: ['vac'],
    generation: 'none',
    columns: nameAndAge(column('DriverName', (vac) => vac.driverName)),
  }),
  define<storage.CSIDriver>({
    type: storage.CSIDrivers,
    singular: 'csidriver',
    unconditionalUpdate: false,
    columns: [
      nameColumn(),
      boolean('AttachRequired', ({ spec }) => spec.attachRequired ?? true),
      boolean('PodInfoOnMount', ({ spec }) => spec.podInfoOnMount ?? false),
      boolean('StorageCapacity', ({ spec }) => spec.storageCapacity ?? false),
      column('TokenRequests', ({ spec }) => spec.tokenRequests?.map((r) => r.audience).join(',') ?? unset),
      boolean('RequiresRepublish', ({ spec }) => spec.requiresRepublish ?? false),
      column('Modes', ({ spec }) => spec.volumeLifecycleModes?.join(',') || none),
      ageColumn(),
    ],
  }),
  define<storage.CSINode>({
    type: storage.CSINodes,
    singular: 'csinode',
    generation: 'none',
    unconditionalUpdate: false,
    columns: nameAndAge(integer('Drivers', (node) => node.spec.drivers.length)),
  }),
  define<storage.CSIStorageCapacity>({
    type: storage.CSIStorageCapacities,
    singular: 'csistoragecapacity',
    generation: 'none',
    unconditionalUpdate: false,
    columns: [
      nameColumn(),
      column('StorageClassName', (capacity) => capacity.storageClassName),
      column('Capacity', (capacity) => capacity.capacity ?? unset),
      ageColumn(),
    ],
  }),
  define<storage.VolumeAttachment>({
    type: storage.VolumeAttachments,
    singular: 'volumeattachment',
    generation: 'none',
    hasStatus: true,
    unconditionalUpdate: false,
    prepareForCreate: (attachment) => ({ ...attachment, status: { attached: false } }),
    columns: [
      nameColumn(),
      column('Attacher', ({ spec }) => spec.attacher),
      column('PV', ({ spec }) => spec.source.persistentVolumeName ?? ''),
      column('Node', ({ spec }) => spec.nodeName),
      boolean('Attached', ({ status }) => status.attached ?? false),
      ageColumn(),
    ],
  }),
]
