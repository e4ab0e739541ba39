import { type ResourceSlice, ResourceSlices } from '../../../api/resource/v1/index.ts'
import type { Kind } from '../kind.ts'
import { unchanged } from '../rules/checks.ts'
import { column, nameAndAge } from '../table.ts'
import { sliceRules } from './slice-rules.ts'

export const resourceSlices: Kind<ResourceSlice> = {
  type: ResourceSlices,
  singular: 'resourceslice',
  rules: sliceRules,
  selectableFields: {
    'spec.nodeName': (slice) => slice.spec.nodeName ?? '',
    'spec.driver': (slice) => slice.spec.driver,
  },
  validateUpdate: ({ spec }, { spec: old }) => [
    ...unchanged(spec?.driver, old.driver, 'spec.driver'),
    ...unchanged(spec?.pool?.name, old.pool.name, 'spec.pool.name'),
    ...unchanged(spec?.nodeName, old.nodeName, 'spec.nodeName'),
  ],
  columns: nameAndAge(
    column('Node', ({ spec }) => spec.nodeName ?? '<none>'),
    column('Driver', ({ spec }) => spec.driver),
    column('Pool', ({ spec }) => spec.pool.name),
  ),
}
