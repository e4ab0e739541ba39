export * from './match.ts'
export * from './mutating-admission-policy.ts'
export * from './validating-admission-policy.ts'
export * from './webhook.ts'
