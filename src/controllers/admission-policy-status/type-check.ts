import type { ExpressionWarning, ValidatingAdmissionPolicySpec } from '../../api/admissionregistration/v1/index.ts'
import { admissionEnvironment, type Scope } from '../../api/machinery/cel/admission/environment.ts'
import { variablesOf } from '../../api/machinery/cel/admission/variables.ts'
import { compile } from '../../api/machinery/cel/index.ts'
import type { CelType } from '../../api/machinery/cel/types.ts'
import type { CheckedKind } from './kinds.ts'

/**
 * What the expressions of a policy do that the types of the objects do not allow: a field that is not there, a number compared
 * with a text. The policy works on as it is; people read this.
 */
export function typeWarnings(
  { validations = [], variables, paramKind }: ValidatingAdmissionPolicySpec,
  kinds: readonly CheckedKind[],
  params: CelType | undefined,
): ExpressionWarning[] {
  const scopes = kinds.map(({ title, type }) => {
    const scope: Scope = { authorizer: true, object: type, params: paramKind && (params ?? true) }
    return { title, environment: admissionEnvironment({ ...scope, variables: variablesOf(variables, scope).types }) }
  })
  const check = (text: string, fieldRef: string): ExpressionWarning[] => {
    const problems = scopes.flatMap(({ title, environment }) => {
      const result = compile(text, environment)
      return 'failure' in result ? [`${title}: ${result.failure.message}\n`] : []
    })
    return problems.length > 0 ? [{ fieldRef, warning: problems.join('\n') }] : []
  }
  return validations.flatMap(({ expression, messageExpression }, i) => [
    ...check(expression, `spec.validations[${i}].expression`),
    ...(messageExpression ? check(messageExpression, `spec.validations[${i}].messageExpression`) : []),
  ])
}
