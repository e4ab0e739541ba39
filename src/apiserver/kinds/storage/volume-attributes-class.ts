import { fieldError } from '../../../api/errors.ts'
import { VolumeAttributesClass, VolumeAttributesClasses } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { rule } from '../rules/walk.ts'
import { column, nameAndAge } from '../table.ts'
import { driver, fixed, parameters } from './parameters.ts'

export const volumeAttributesClasses: Kind<VolumeAttributesClass> = {
  type: VolumeAttributesClasses,
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  generation: 'none',
  columns: nameAndAge(column('DriverName', (vac) => vac.driverName)),
  rules: [
    rule(VolumeAttributesClass, {
      driverName: driver,
      parameters: (map = {}, field) => [
        ...parameters(map, field),
        ...(Object.keys(map).length ? [] : [fieldError.required(field, 'must contain at least one key/value pair')]),
      ],
    }),
  ],
  validateUpdate: (now, old) => fixed(now, old, ['driverName', 'parameters']),
}
