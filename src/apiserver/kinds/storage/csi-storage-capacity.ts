import { CSIStorageCapacities, type CSIStorageCapacity } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
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
}
