export { leases as Leases } from './lease.ts'
