import type { FieldError } from '../../api/errors.ts'
import type { KubeObject } from '../../api/object.ts'
import { annotations as annotationRules, labels as labelRules } from '../registry/labels.ts'

type Map = Record<string, unknown>

/**
 * What a webhook answered for an object, with the object's own metadata: a conversion may change labels and annotations only.
 * @throws Error that says what is wrong, in the words of upstream's converter
 */
export function checkedConversion(original: KubeObject, answered: unknown, apiVersion: string): KubeObject {
  const converted = mapIn(answered) as KubeObject | undefined
  if (!converted) throw new Error("Object 'Kind' is missing")
  if (converted.apiVersion !== apiVersion)
    throw new Error(`invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ''})`)
  if (converted.kind !== original.kind)
    throw new Error(`invalid kind (expected ${original.kind}, received ${converted.kind ?? ''})`)
  const metadata = mapIn(converted.metadata)
  if (converted.metadata === undefined) throw new Error('missing metadata in converted object')
  if (!metadata) throw new Error(`invalid metadata of type ${goType(converted.metadata)} in converted object`)
  for (const [field, name] of same) {
    const [before, after] = [(original.metadata as Map | undefined)?.[field] ?? '', metadata[field] ?? '']
    if (before !== after) throw new Error(`must have the same ${name}: ${before} != ${after}`)
  }
  const { labels: _, annotations: __, ...kept } = original.metadata ?? {}
  const labels = textsIn(metadata, 'labels', labelRules)
  const annotations = textsIn(metadata, 'annotations', annotationRules)
  return { ...converted, metadata: { ...kept, ...(labels && { labels }), ...(annotations && { annotations }) } }
}

const same = [
  ['name', 'name'],
  ['namespace', 'namespace'],
  ['uid', 'UID'],
] as const

function textsIn(
  metadata: Map,
  field: 'labels' | 'annotations',
  check: (texts: Record<string, string>, field: string) => FieldError[],
): Record<string, string> | undefined {
  const given = metadata[field]
  if (given === undefined || given === null) return undefined
  const map = mapIn(given)
  if (!map) throw new Error(`invalid metadata.${field} of type ${goType(given)} in converted object`)
  for (const [key, value] of Object.entries(map))
    if (typeof value !== 'string')
      throw new Error(`metadata.${field}[${key}] must be a string, but is ${goType(value)} in converted object`)
  const [wrong] = check(map as Record<string, string>, `metadata.${field}`)
  if (wrong) throw new Error(`${wrong.field}: ${wrong.message}`)
  return map as Record<string, string>
}

const mapIn = (value: unknown): Map | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Map) : undefined

/** As Go's `%T` names what JSON holds. */
function goType(value: unknown): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  const types: Record<string, string> = { string: 'string', boolean: 'bool', object: 'map[string]interface {}' }
  return types[typeof value] ?? (Number.isInteger(Number(value)) ? 'int64' : 'float64')
}
