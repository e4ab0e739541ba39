import { type FieldError, fieldError } from '../../../api/errors.ts'
import { type CSIDriver, CSIDriverSpec, CSIDrivers, type TokenRequest } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { among, unchanged } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
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
  rules: [
    rule(CSIDriverSpec, {
      fsGroupPolicy: among('File', 'None', 'ReadWriteOnceWithFSType'),
      volumeLifecycleModes: (list = [], field) => list.flatMap((mode) => among('Persistent', 'Ephemeral')(mode, field)),
      nodeAllocatableUpdatePeriodSeconds: (value = minPeriod, field) =>
        value < minPeriod ? [fieldError.invalid(field, value, 'must be greater than or equal to 10 seconds')] : [],
      tokenRequests,
    }),
  ],
  validateUpdate: ({ spec }, { spec: old }) => [
    ...unchanged(spec?.attachRequired, old.attachRequired, 'spec.attachedRequired'),
    ...unchanged(spec?.volumeLifecycleModes, old.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
  ],
}

const minPeriod = 10
const minTokenSeconds = 600
const maxTokenSeconds = 2 ** 32

/** One token for each audience. */
function tokenRequests(list: TokenRequest[] = [], field: string): FieldError[] {
  return list.flatMap(({ audience = '', expirationSeconds: seconds = minTokenSeconds }, i) => {
    const at = `${field}[${i}]`
    if (list.findIndex((other) => (other.audience ?? '') === audience) < i)
      return [fieldError.duplicate(`${at}.audience`, audience)]
    const invalid = (why: string) => [fieldError.invalid(`${at}.expirationSeconds`, seconds, why)]
    if (seconds < minTokenSeconds) return invalid('may not specify a duration less than 10 minutes')
    return seconds > maxTokenSeconds ? invalid('may not specify a duration larger than 2^32 seconds') : []
  })
}
