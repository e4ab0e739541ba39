import { ref, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { DeleteOptions } from '../../meta/v1/status.ts'
import { policy } from './package.ts'

export const Eviction = policy.kind('Eviction', {
  metadata: ref(1, ObjectMeta),
  deleteOptions: ref(2, DeleteOptions),
})
export interface Eviction extends TypeOf<typeof Eviction> {}
