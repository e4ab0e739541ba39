import type { ValidatingAdmissionPolicySpec } from '../../api/admissionregistration/v1/index.ts'
import { admissionEnvironment, type Scope } from '../../api/machinery/cel/admission/environment.ts'
import { type Expression, expressionOf } from '../../api/machinery/cel/admission/expression.ts'
import { type Variables, variablesOf } from '../../api/machinery/cel/admission/variables.ts'
import { type CelType, celTypes } from '../../api/machinery/cel/index.ts'
import { conditionsOf } from './match-conditions.ts'

/** The expressions of a ValidatingAdmissionPolicy. */
export interface ValidatingPrograms {
  readonly conditions: readonly Expression[]
  readonly variables: Variables
  readonly validations: readonly { readonly expression: Expression; readonly message?: Expression }[]
  readonly annotations: readonly Expression[]
}

/** Compiles the expressions of a policy. `object`: the type of the objects that it sees; dyn where it is not given. */
export function validatingPrograms(spec: ValidatingAdmissionPolicySpec, object?: CelType): ValidatingPrograms {
  const scope: Scope = { params: spec.paramKind !== undefined, ...(object && { object }) }
  const asking: Scope = { ...scope, authorizer: true }
  const variables = variablesOf(spec.variables, asking)
  const validation = admissionEnvironment({ ...asking, variables: variables.types })
  // Messages and annotations are made without asking the authorizer.
  const silent = admissionEnvironment({ ...scope, variables: variables.types })
  const { bool, string, nullType } = celTypes
  return {
    conditions: conditionsOf(spec.matchConditions, asking),
    variables,
    validations: (spec.validations ?? []).map(({ expression, messageExpression }) => ({
      expression: expressionOf(expression, validation, [bool]),
      ...(messageExpression && { message: expressionOf(messageExpression, silent, [string]) }),
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ valueExpression }) =>
      expressionOf(valueExpression, silent, [string, nullType]),
    ),
  }
}
