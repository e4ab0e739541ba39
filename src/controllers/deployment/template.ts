import type { PodTemplateSpec } from '../../api/core/v1/index.ts'

export const hashLabel = 'pod-template-hash'

/** Whether two pod templates are equal except for the hash that distinguishes ReplicaSets. */
export const sameTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean => same(withoutHash(a), withoutHash(b))

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {}
  const annotations =
    Object.keys(template.metadata?.annotations ?? {}).length > 0 ? template.metadata?.annotations : null
  return { ...template, metadata: { ...template.metadata, labels, annotations } as PodTemplateSpec['metadata'] }
}

/** A template with the label that its ReplicaSet selects. */
export const withHash = (template: PodTemplateSpec, hash: string): PodTemplateSpec => ({
  ...template,
  metadata: { ...template.metadata, labels: { ...template.metadata?.labels, [hashLabel]: hash } },
})

/** Absent, null and the empty list are equal; so are absent and empty `resources`, as older servers stored them. */
function same(a: unknown, b: unknown, name?: string): boolean {
  if (name === 'resources') return same(a ?? {}, b ?? {})
  if (a === b || (isEmpty(a) && isEmpty(b))) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]))
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  return (
    Object.keys(left).every((key) => same(left[key], right[key], key)) &&
    Object.keys(right).every((key) => key in left || same(undefined, right[key], key))
  )
}

/** `{}` is not absent: `emptyDir: {}` has a meaning. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)
