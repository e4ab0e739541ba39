import { type DeviceClass, DeviceClasses } from '../../../api/resource/v1/index.ts'
import type { Kind } from '../kind.ts'
import { nameAndAge } from '../table.ts'

export const deviceClasses: Kind<DeviceClass> = {
  type: DeviceClasses,
  singular: 'deviceclass',
  columns: nameAndAge(),
}
