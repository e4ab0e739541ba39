import type { KeyToPath } from '../../api/core/v1/index.ts'
import type { Payload } from './payload.ts'
import { VolumeError } from './volume.ts'

/** The files that `items` choose of an object's keys; all keys under their own names without items. */
export function keyFiles(
  data: Record<string, Uint8Array>,
  items: KeyToPath[] | undefined,
  { defaultMode, optional, what }: { defaultMode: number; optional: boolean; what: string },
): Payload {
  if (!items?.length) return new Map(Object.entries(data).map(([key, d]) => [key, { data: d, mode: defaultMode }]))
  const payload: Payload = new Map()
  for (const { key, path, mode } of items) {
    const content = data[key]
    if (content) payload.set(path, { data: content, mode: mode ?? defaultMode })
    else if (!optional) throw new VolumeError(`${what} references non-existent config key: ${key}`)
  }
  return payload
}

export const defaultFileMode = 0o644
const encoder = new TextEncoder()
export const textBytes = (text: string): Uint8Array => encoder.encode(text)
export const base64Bytes = (text: string): Uint8Array => Uint8Array.fromBase64(text)
