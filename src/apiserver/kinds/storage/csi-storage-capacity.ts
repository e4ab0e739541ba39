import { dns1123Subdomain } from '../../../api/names.ts'
import { CSIStorageCapacities, CSIStorageCapacity } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { given, notNegativeQuantity, unchanged } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn, unset } from '../table.ts'
import { nodeSelectorWarnings } from '../warnings/node-labels.ts'

export const csiStorageCapacities: Kind<CSIStorageCapacity> = {
  type: CSIStorageCapacities,
  singular: 'csistoragecapacity',
  generation: 'none',
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column('StorageClassName', (capacity) => capacity.storageClassName),
    column('Capacity', (capacity) => capacity.capacity ?? unset),
    ageColumn(),
  ],
  warnings: ({ nodeTopology }) => nodeSelectorWarnings(nodeTopology, 'nodeTopology'),
  rules: [
    rule(CSIStorageCapacity, {
      storageClassName: (value = '', field) => given(dns1123Subdomain)(value, field),
      capacity: notNegativeQuantity,
    }),
  ],
  // The question to a driver stays; its answer may change.
  validateUpdate: (now, old) => [
    ...unchanged(now.nodeTopology, old.nodeTopology, 'nodeTopology'),
    ...unchanged(now.storageClassName, old.storageClassName, 'storageClassName'),
  ],
}
