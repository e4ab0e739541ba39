import { embed, rawExtension, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { resource } from './package.ts'

export const CELDeviceSelector = resource.message('CELDeviceSelector', {
  expression: string(1).required(),
})
export interface CELDeviceSelector extends TypeOf<typeof CELDeviceSelector> {}

export const OpaqueDeviceConfiguration = resource.message('OpaqueDeviceConfiguration', {
  driver: string(1).required(),
  parameters: rawExtension(2).required(),
})
export interface OpaqueDeviceConfiguration extends TypeOf<typeof OpaqueDeviceConfiguration> {}

export const DeviceConfiguration = resource.message('DeviceConfiguration', {
  opaque: ref(1, OpaqueDeviceConfiguration),
})
export interface DeviceConfiguration extends TypeOf<typeof DeviceConfiguration> {}

export const DeviceClassConfiguration = resource.message('DeviceClassConfiguration', {
  ...embed(1, DeviceConfiguration),
})
export interface DeviceClassConfiguration extends TypeOf<typeof DeviceClassConfiguration> {}

export const DeviceSelector = resource.message('DeviceSelector', {
  cel: ref(1, CELDeviceSelector),
})
export interface DeviceSelector extends TypeOf<typeof DeviceSelector> {}
