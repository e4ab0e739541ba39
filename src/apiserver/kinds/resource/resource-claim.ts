import type { Stored } from '../../../api/object.ts'
import * as resource from '../../../api/resource/v1/index.ts'
import { define } from '../define.ts'
import { column, nameAndAge } from '../table.ts'

/** resource.k8s.io: dynamic resource allocation. */
export const deviceKinds = [
  define<resource.DeviceClass>({ type: resource.DeviceClasses, singular: 'deviceclass', columns: nameAndAge() }),
  define<resource.ResourceClaim>({
    type: resource.ResourceClaims,
    singular: 'resourceclaim',
    generation: 'none',
    hasStatus: true,
    columns: nameAndAge(column('State', claimState)),
  }),
  define<resource.ResourceClaimTemplate>({
    type: resource.ResourceClaimTemplates,
    singular: 'resourceclaimtemplate',
    generation: 'none',
    columns: nameAndAge(),
  }),
  define<resource.ResourceSlice>({
    type: resource.ResourceSlices,
    singular: 'resourceslice',
    selectableFields: {
      'spec.nodeName': (slice) => slice.spec.nodeName ?? '',
      'spec.driver': (slice) => slice.spec.driver,
    },
    columns: nameAndAge(
      column('Node', ({ spec }) => spec.nodeName ?? '<none>'),
      column('Driver', ({ spec }) => spec.driver),
      column('Pool', ({ spec }) => spec.pool.name),
    ),
  }),
]

function claimState({ metadata, status }: Stored<resource.ResourceClaim>): string {
  const states = [
    metadata.deletionTimestamp && 'deleted',
    status.allocation ? 'allocated' : !metadata.deletionTimestamp && 'pending',
    status.reservedFor?.length && 'reserved',
  ]
  return states.filter(Boolean).join(',')
}
