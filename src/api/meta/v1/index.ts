export * from './condition.ts'
export * from './discovery.ts'
export * from './meta.ts'
export * from './status.ts'
