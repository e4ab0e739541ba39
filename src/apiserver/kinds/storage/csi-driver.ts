import { type CSIDriver, CSIDrivers } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, boolean, column, nameColumn, none, unset } from '../table.ts'

export const csiDrivers: Kind<CSIDriver> = {
  type: CSIDrivers,
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
}
