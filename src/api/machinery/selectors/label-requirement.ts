import { badRequest } from '../../errors.ts'
import { labelValue, qualifiedName } from '../../names.ts'

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'

export interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

export const integer = /^[+-]?\d+$/

/** Checks a requirement as upstream does, so that a selector that is accepted can match. */
export function requirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const problems = [
    ...keyProblem(key),
    ...countProblem(operator, values),
    ...values.flatMap((value, i) => valueProblem(key, operator, value, i)),
  ]
  if (problems.length > 0) throw badRequest(problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`)
  return { key, operator, values }
}

/** What is wrong with the key of a label, as a field error's text. */
export const keyProblem = (key: string): string[] => {
  const errors = qualifiedName(key)
  return errors.length > 0 ? [`key: Invalid value: ${JSON.stringify(key)}: ${errors.join('; ')}`] : []
}

function countProblem(operator: Operator, values: readonly string[]): string[] {
  const isSet = operator === 'in' || operator === 'notin'
  const isPresence = operator === 'exists' || operator === '!'
  const isOrder = operator === 'gt' || operator === 'lt'
  const shown = `values: Invalid value: ${JSON.stringify(values)}`
  if (isSet) return values.length === 0 ? [`${shown}: for 'in', 'notin' operators, values set can't be empty`] : []
  if (isPresence) return values.length > 0 ? [`${shown}: values set must be empty for exists and does not exist`] : []
  if (values.length === 1) return []
  return isOrder
    ? [`${shown}: for 'Gt', 'Lt' operators, exactly one value is required`]
    : [`${shown}: exact-match compatibility requires one single value`]
}

function valueProblem(key: string, operator: Operator, value: string, index: number): string[] {
  if ((operator === 'gt' || operator === 'lt') && !integer.test(value))
    return [
      `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    ]
  const errors = labelValue(value)
  return errors.length > 0
    ? [`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${errors.join('; ')}`]
    : []
}
