export { apiServices as APIServices } from './api-service.ts'
