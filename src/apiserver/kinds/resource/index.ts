export { deviceClasses as DeviceClasses } from './device-class.ts'
export { resourceClaims as ResourceClaims } from './resource-claim.ts'
export { resourceClaimTemplates as ResourceClaimTemplates } from './resource-claim-template.ts'
export { resourceSlices as ResourceSlices } from './resource-slice.ts'
