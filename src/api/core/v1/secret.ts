import { bool, bytes, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'

export const Secret = core.kind('Secret', {
  metadata: ref(1, ObjectMeta),
  data: map(2, bytes),
  type: string(3).default('Opaque'),
  stringData: map(4, string),
  immutable: bool(5).explicit(),
})
export interface Secret extends TypeOf<typeof Secret> {}
export const SecretList = core.listOf(Secret)
export const Secrets = core.resource(Secret, 'secrets', { namespaced: true })
