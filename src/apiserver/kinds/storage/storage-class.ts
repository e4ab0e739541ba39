import { TopologySelectorLabelRequirement, type TopologySelectorTerm } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { StorageClass, StorageClasses } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { among, duplicates, equal, given, oneOf, required, unchanged, unique } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn } from '../table.ts'
import { deprecatedKeys } from '../warnings/node-labels.ts'
import { driver, fixed, parameters } from './parameters.ts'

export const storageClasses: Kind<StorageClass> = {
  type: StorageClasses,
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
  rules: [
    rule(StorageClass, {
      provisioner: driver,
      parameters,
      reclaimPolicy: oneOf('Delete', 'Retain'),
      volumeBindingMode: among('Immediate', 'WaitForFirstConsumer'),
      allowedTopologies,
    }),
    rule(TopologySelectorLabelRequirement, {
      values: (list = [], field) => [...required(list, field), ...unique(list, field)],
      key: (value = '', field) => given(qualifiedName)(value, field),
    }),
  ],
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
      deprecatedKeys(
        matchLabelExpressions.map(({ key }) => key),
        (j) => `allowedTopologies[${i}].matchLabelExpressions[${j}].key`,
      ),
    ),
  validateUpdate,
}

const isDefault = ({ metadata }: Stored<StorageClass>) =>
  ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'].some(
    (key) => metadata.annotations?.[key] === 'true',
  )

function validateUpdate(now: StorageClass, old: Stored<StorageClass>): FieldError[] {
  return [
    ...fixed(now, old, ['parameters', 'provisioner', 'reclaimPolicy']),
    ...unchanged(now.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
  ]
}

/** Terms differ from each other, and each says something. */
function allowedTopologies(terms: TopologySelectorTerm[] = [], field: string): FieldError[] {
  const seen: Topology[] = [{}]
  return terms.flatMap(({ matchLabelExpressions: list = [] }, i) => {
    const at = `${field}[${i}].matchLabelExpressions`
    const topology = Object.fromEntries(list.map(({ key, values = [] }) => [key, values.toSorted()]))
    const isOld = seen.some((other) => equal(other, topology))
    seen.push(topology)
    return [
      ...duplicates(list.map(({ key }, j) => [key, `${at}[${j}].key`])),
      ...(isOld ? [fieldError.duplicate(at, '')] : []),
    ]
  })
}

type Topology = Record<string, string[]>
