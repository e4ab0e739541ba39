import { bool, bytes, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'

export const ConfigMap = core.kind('ConfigMap', 'Settings, by key.', {
  metadata: ref(1, ObjectMeta),
  data: map(2, string, 'Texts by key.'),
  binaryData: map(3, bytes, 'Bytes by key, in base64.'),
  immutable: bool(4, 'True: the data cannot be changed any more.').explicit(),
})
export interface ConfigMap extends TypeOf<typeof ConfigMap> {}
export const ConfigMapList = core.listOf(ConfigMap)
export const ConfigMaps = core.resource(ConfigMap, 'configmaps', { namespaced: true })
