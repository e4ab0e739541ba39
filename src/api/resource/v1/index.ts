export * from './device-class.ts'
export * from './device-selector.ts'
export * from './resource-claim.ts'
export * from './resource-slice.ts'
