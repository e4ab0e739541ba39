import type { DownwardAPIVolumeSource } from '../../api/core/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import { fieldValue, resourceValue } from '../container/fields.ts'
import { defaultFileMode, textBytes } from './keys.ts'
import { mountPayload, type Payload } from './payload.ts'
import { type VolumeContext, VolumeError, type VolumePlugin } from './volume.ts'

/** Facts about the pod itself as files, which follow changes of its labels and annotations. */
export const downwardApi: VolumePlugin<DownwardAPIVolumeSource> = {
  mount: async (source, context) => mountPayload('downward-api', downwardFiles(source, context), context),
}

/** @throws VolumeError if pods may not ask for a field. */
export function downwardFiles(
  { items = [], defaultMode = defaultFileMode }: DownwardAPIVolumeSource,
  { pod, facts }: VolumeContext,
): Payload {
  const payload: Payload = new Map()
  for (const { path, fieldRef, resourceFieldRef, mode } of items) {
    try {
      const text = fieldRef
        ? fieldValue(pod, fieldRef, facts)
        : resourceFieldRef
          ? resourceValue(pod, resourceFieldRef, undefined, facts.allocatable)
          : ''
      payload.set(path, { data: textBytes(text), mode: mode ?? defaultMode })
    } catch (error) {
      throw new VolumeError(messageOf(error))
    }
  }
  return payload
}
