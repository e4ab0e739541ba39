import { ConfigMaps, type ConfigMapVolumeSource } from '../../api/core/v1/index.ts'
import { base64Bytes, defaultFileMode, keyFiles, textBytes } from './keys.ts'
import { mountPayload, type Payload } from './payload.ts'
import { type VolumeContext, VolumeError, type VolumePlugin } from './volume.ts'

export const configMap: VolumePlugin<ConfigMapVolumeSource> = {
  mount: async (source, context) => mountPayload('configmap', await configMapFiles(source, context), context),
}

/** @throws VolumeError if the config map or one of its keys is missing and not optional. */
export async function configMapFiles(
  { name = '', items, optional = false, defaultMode = defaultFileMode }: ConfigMapVolumeSource,
  { pod, objects }: VolumeContext,
): Promise<Payload> {
  const { namespace, uid } = pod.metadata
  const map = await objects.get(ConfigMaps, namespace, name, uid)
  if (!map && !optional) throw new VolumeError(`configmap "${name}" not found`)
  const data: Record<string, Uint8Array> = {}
  for (const [key, text] of Object.entries(map?.data ?? {})) data[key] = textBytes(text)
  for (const [key, base64] of Object.entries(map?.binaryData ?? {})) data[key] = base64Bytes(base64)
  return keyFiles(data, map ? items : undefined, { defaultMode, optional, what: 'configmap' })
}
