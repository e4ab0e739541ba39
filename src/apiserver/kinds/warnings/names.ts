import { dns1123Label } from '../../../api/names.ts'
import type { KubeObject } from '../../../api/object.ts'

const surprising = 'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior'

/** For kinds whose pods are named after them. */
export function nameWarnings({ metadata }: KubeObject): string[] {
  const problems = dns1123Label(metadata?.name ?? '')
  return problems.length ? [`${surprising}; a DNS label is recommended: [${problems.join(' ')}]`] : []
}
