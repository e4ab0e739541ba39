import type { AdmissionAttributes } from '../../definition.ts'

/** The name that a request gives its object; empty while that has a generateName only. */
export function nameOf({ name, object }: Pick<AdmissionAttributes, 'name' | 'object'>): string {
  const { metadata } = object ?? {}
  return metadata && !metadata.name && metadata.generateName === name ? '' : name
}
