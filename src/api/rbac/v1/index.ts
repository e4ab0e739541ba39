export * from './role.ts'
export * from './role-binding.ts'
