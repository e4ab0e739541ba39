import { type VolumeAttributesClass, VolumeAttributesClasses } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { column, nameAndAge } from '../table.ts'

export const volumeAttributesClasses: Kind<VolumeAttributesClass> = {
  type: VolumeAttributesClasses,
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  generation: 'none',
  columns: nameAndAge(column('DriverName', (vac) => vac.driverName)),
}
