import { bool, bytes, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'

export const ConfigMap = core.kind('ConfigMap', {
  metadata: ref(1, ObjectMeta),
  data: map(2, string),
  binaryData: map(3, bytes),
  immutable: bool(4).explicit(),
})
export interface ConfigMap extends TypeOf<typeof ConfigMap> {}
export const ConfigMapList = core.listOf(ConfigMap)
export const ConfigMaps = core.resource(ConfigMap, 'configmaps', { namespaced: true })
