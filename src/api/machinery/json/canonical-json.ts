import { jsonText } from './json-text.ts'

/** JSON with sorted keys: the same text for equal values. Absent and undefined members are one. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  if (typeof value !== 'object' || value === null) return jsonText(value) ?? 'null'
  const fields = Object.entries(value).filter(([, v]) => v !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, v]) => `${jsonText(key)}:${canonicalJson(v)}`).join()}}`
}
