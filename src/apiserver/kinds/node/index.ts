export { runtimeClasses as RuntimeClasses } from './runtime-class.ts'
