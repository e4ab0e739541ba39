import { int32, microTime, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { coordination } from './package.ts'

export const LeaseSpec = coordination.message('LeaseSpec', {
  holderIdentity: string(1).explicit(),
  leaseDurationSeconds: int32(2).explicit(),
  acquireTime: microTime(3),
  renewTime: microTime(4),
  leaseTransitions: int32(5).explicit(),
  strategy: string(6).explicit(),
  preferredHolder: string(7).explicit(),
})
export interface LeaseSpec extends TypeOf<typeof LeaseSpec> {}

export const Lease = coordination.kind('Lease', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, LeaseSpec),
})
export interface Lease extends TypeOf<typeof Lease> {}
export const LeaseList = coordination.listOf(Lease)
export const Leases = coordination.resource(Lease, 'leases', { namespaced: true })
