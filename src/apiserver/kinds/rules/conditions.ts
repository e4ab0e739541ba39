import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Condition } from '../../../api/meta/v1/index.ts'
import { patternMessage, qualifiedName } from '../../../api/names.ts'
import { among, duplicates, maxBytes } from './checks.ts'
import type { Check } from './walk.ts'

const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const isReason = new RegExp(`^${reasonFormat}$`)
const reasonMessage = patternMessage(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  reasonFormat,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
)

const status = among('False', 'True', 'Unknown')
const unset = 'must be set'

/** Conditions of the type that kinds share, in a status. */
export const conditions: Check<Condition[]> = (list = [], field) => [
  ...duplicates(list.map(({ type }, i) => [type, `${field}[${i}].type`])),
  ...list.flatMap((condition, i) => conditionProblems(condition, `${field}[${i}]`)),
]

function conditionProblems(condition: Condition, field: string): FieldError[] {
  const { type, reason, message, observedGeneration = 0, lastTransitionTime } = condition
  const at = (name: string) => `${field}.${name}`
  return [
    ...(type
      ? qualifiedName(type).map((problem) => fieldError.invalid(at('type'), type, problem))
      : [fieldError.required(at('type'), unset)]),
    ...status(condition.status ?? '', at('status')),
    ...(observedGeneration < 0
      ? [fieldError.invalid(at('observedGeneration'), observedGeneration, 'must be greater than or equal to zero')]
      : []),
    ...(lastTransitionTime ? [] : [fieldError.required(at('lastTransitionTime'), unset)]),
    ...(reason ? [] : [fieldError.required(at('reason'), unset)]),
    ...(reason && !isReason.test(reason) ? [fieldError.invalid(at('reason'), reason, reasonMessage)] : []),
    ...maxBytes(1024)(reason, at('reason')),
    ...maxBytes(32 * 1024)(message, at('message')),
  ]
}
