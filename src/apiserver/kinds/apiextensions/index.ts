export { customResourceDefinitions as CustomResourceDefinitions } from './custom-resource-definition/custom-resource-definition.ts'
