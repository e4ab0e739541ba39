export * from './custom-resource-definition.ts'
export * from './json-schema.ts'
