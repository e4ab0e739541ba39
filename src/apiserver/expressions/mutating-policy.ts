import type { MutatingAdmissionPolicySpec } from '../../api/admissionregistration/v1/index.ts'
import { admissionEnvironment, type Scope } from '../../api/machinery/cel/admission/environment.ts'
import { type Expression, expressionOf } from '../../api/machinery/cel/admission/expression.ts'
import { type Variables, variablesOf } from '../../api/machinery/cel/admission/variables.ts'
import { celTypes } from '../../api/machinery/cel/index.ts'
import { conditionsOf } from './match-conditions.ts'
import { applyType, patchOptions, patchType } from './patch-types.ts'

/** The expressions of a MutatingAdmissionPolicy. */
export interface MutatingPrograms {
  readonly conditions: readonly Expression[]
  readonly variables: Variables
  readonly mutations: readonly { readonly kind: 'ApplyConfiguration' | 'JSONPatch'; readonly expression: Expression }[]
}

/** Compiles the expressions of a policy. */
export function mutatingPrograms(spec: MutatingAdmissionPolicySpec): MutatingPrograms {
  const scope: Scope = { params: spec.paramKind !== undefined, authorizer: true }
  const variables = variablesOf(spec.variables, scope)
  const environment = admissionEnvironment({ ...scope, variables: variables.types }, patchOptions)
  return {
    conditions: conditionsOf(spec.matchConditions, scope),
    variables,
    mutations: (spec.mutations ?? []).map(({ patchType: kind, applyConfiguration, jsonPatch }) =>
      kind === 'JSONPatch'
        ? {
            kind: 'JSONPatch',
            expression: expressionOf(jsonPatch?.expression ?? '', environment, [celTypes.listOf(patchType)]),
          }
        : {
            kind: 'ApplyConfiguration',
            expression: expressionOf(applyConfiguration?.expression ?? '', environment, [applyType]),
          },
    ),
  }
}
