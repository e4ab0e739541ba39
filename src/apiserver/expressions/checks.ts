import type {
  MatchCondition,
  MutatingAdmissionPolicySpec,
  ValidatingAdmissionPolicySpec,
} from '../../api/admissionregistration/v1/index.ts'
import { type FieldError, fieldError } from '../../api/errors.ts'
import type { Expression } from '../../api/machinery/cel/admission/expression.ts'
import type { Variables } from '../../api/machinery/cel/admission/variables.ts'
import { conditionsOf } from './match-conditions.ts'
import { mutatingPrograms } from './mutating-policy.ts'
import { validatingPrograms } from './validating-policy.ts'

/** What is wrong with the expressions of a policy. Missing ones are another rule's. */
export function validatingPolicyErrors(spec: ValidatingAdmissionPolicySpec, field: string): FieldError[] {
  const programs = validatingPrograms(spec)
  return [
    ...listErrors(programs.conditions, (i) => `${field}.matchConditions[${i}].expression`),
    ...variableErrors(programs.variables, field),
    ...programs.validations.flatMap(({ expression, message }, i) => [
      ...expressionErrors(expression, `${field}.validations[${i}].expression`),
      ...(message ? expressionErrors(message, `${field}.validations[${i}].messageExpression`) : []),
    ]),
    ...listErrors(programs.annotations, (i) => `${field}.auditAnnotations[${i}].valueExpression`),
  ]
}

/** The same for a policy that changes objects. */
export function mutatingPolicyErrors(spec: MutatingAdmissionPolicySpec, field: string): FieldError[] {
  const programs = mutatingPrograms(spec)
  return [
    ...listErrors(programs.conditions, (i) => `${field}.matchConditions[${i}].expression`),
    ...variableErrors(programs.variables, field),
    ...programs.mutations.flatMap(({ kind, expression }, i) =>
      expressionErrors(
        expression,
        `${field}.mutations[${i}].${kind === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration'}.expression`,
      ),
    ),
  ]
}

/** What is wrong with the match conditions of a webhook. */
export const conditionErrors = (list: readonly MatchCondition[] | undefined, field: string): FieldError[] =>
  listErrors(conditionsOf(list, { authorizer: true }), (i) => `${field}[${i}].expression`)

function variableErrors({ expressions }: Variables, field: string): FieldError[] {
  return listErrors(
    expressions.map(({ expression }) => expression),
    (i) => `${field}.variables[${i}].expression`,
  )
}

const listErrors = (list: readonly Expression[], fieldOf: (index: number) => string): FieldError[] =>
  list.flatMap((expression, i) => expressionErrors(expression, fieldOf(i)))

function expressionErrors({ text, error }: Expression, field: string): FieldError[] {
  return error === undefined || text.trim() === '' ? [] : [fieldError.invalid(field, text, error)]
}

export { deviceSelectorErrors } from './device-selector.ts'
