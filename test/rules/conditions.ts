import { duplicate, invalid, notSupported, put, type Rule, required, rule, tooLong, words } from './rule.ts'

const condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Because',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
}
const list = 'status.conditions'
const conditions = (...changes: object[]) => put({ [list]: changes.map((fields) => ({ ...condition, ...fields })) })
const of = (field: string, type: Rule['type'], message: string, accept: unknown, refuse: unknown) =>
  rule(`${list}[0].${field}`, type, message, conditions({ [field]: accept }), conditions({ [field]: refuse }))

/** The rules of conditions of the type that kinds share. */
export const conditionRules: Rule[] = [
  rule(`${list}[1].type`, duplicate, '"Ready"', conditions({}, { type: 'Other' }), conditions({}, {})),
  of('type', required, 'must be set', 'a', ''),
  of('type', invalid, words.qualified, 'a.b/c_d', 'a b'),
  of('status', notSupported, '"": supported values: "False", "True", "Unknown"', 'Unknown', ''),
  of('observedGeneration', invalid, 'must be greater than or equal to zero', 0, -1),
  of('lastTransitionTime', required, 'must be set', condition.lastTransitionTime, undefined),
  of('reason', required, 'must be set', 'a', ''),
  of('reason', invalid, 'a condition reason must start with alphabetic character', 'A_b,c:d_', 'a:'),
  of('reason', tooLong, '1024', 'a'.repeat(1024), 'a'.repeat(1025)),
  of('message', tooLong, '32768', 'é'.repeat(16384), 'é'.repeat(16385)),
]
