import { fieldError } from '../../../api/errors.ts'
import { type DeviceClass, DeviceClasses, DeviceClassSpec } from '../../../api/resource/v1/index.ts'
import { loadExpressions } from '../../expressions/lazy.ts'
import type { Kind } from '../kind.ts'
import { isExtended } from '../rules/amounts.ts'
import { rule } from '../rules/walk.ts'
import { nameAndAge } from '../table.ts'
import { maxEntries } from './claim-rules.ts'
import { atMost } from './names.ts'

export const deviceClasses: Kind<DeviceClass> = {
  type: DeviceClasses,
  singular: 'deviceclass',
  load: loadExpressions,
  rules: [
    rule(DeviceClassSpec, {
      selectors: atMost(maxEntries),
      config: atMost(maxEntries),
      extendedResourceName: (name, field) =>
        name === undefined || isExtended(name)
          ? []
          : [fieldError.invalid(field, name, 'must be a valid extended resource name')],
    }),
  ],
  columns: nameAndAge(),
}
