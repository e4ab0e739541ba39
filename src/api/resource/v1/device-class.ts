import { list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { DeviceClassConfiguration, DeviceSelector } from './device-selector.ts'
import { resource } from './package.ts'

export const DeviceClassSpec = resource.message('DeviceClassSpec', {
  selectors: list(1, DeviceSelector).atomic(),
  config: list(2, DeviceClassConfiguration).atomic(),
  extendedResourceName: string(4).explicit(),
})
export interface DeviceClassSpec extends TypeOf<typeof DeviceClassSpec> {}

export const DeviceClass = resource.kind('DeviceClass', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, DeviceClassSpec).required(),
})
export interface DeviceClass extends TypeOf<typeof DeviceClass> {}
export const DeviceClassList = resource.listOf(DeviceClass)
export const DeviceClasses = resource.resource(DeviceClass, 'deviceclasses', { namespaced: false })
