import { type FieldError, fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { StorageClass, StorageClasses } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { equal, named, oneOf, required, unchanged } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn } from '../table.ts'
import { deprecatedKeys } from '../warnings/node-labels.ts'

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
      provisioner: (value, field) =>
        value ? named(qualifiedName)(value.toLowerCase(), field) : [fieldError.required(field)],
      reclaimPolicy: oneOf('Delete', 'Retain'),
      volumeBindingMode: required,
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
  const forbidden = (['parameters', 'provisioner', 'reclaimPolicy'] as const)
    .filter((name) => !equal(now[name], old[name]))
    .map((name) => fieldError.forbidden(name, `updates to ${name} are forbidden.`))
  return [...forbidden, ...unchanged(now.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode')]
}
