import { int64, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { Condition } from '../../meta/v1/condition.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { MatchCondition, MatchResources, ParamKind, ParamRef, Variable } from './match.ts'
import { admissionregistration } from './package.ts'

export const AuditAnnotation = admissionregistration.message('AuditAnnotation', {
  key: string(1).required(),
  valueExpression: string(2).required(),
})
export interface AuditAnnotation extends TypeOf<typeof AuditAnnotation> {}

export const ExpressionWarning = admissionregistration.message('ExpressionWarning', {
  fieldRef: string(2).required(),
  warning: string(3).required(),
})
export interface ExpressionWarning extends TypeOf<typeof ExpressionWarning> {}

export const TypeChecking = admissionregistration.message('TypeChecking', {
  expressionWarnings: list(1, ExpressionWarning).atomic(),
})
export interface TypeChecking extends TypeOf<typeof TypeChecking> {}

export const Validation = admissionregistration.message('Validation', {
  expression: string(1).required(),
  message: string(2),
  reason: string(3).explicit(),
  messageExpression: string(4),
})
export interface Validation extends TypeOf<typeof Validation> {}

export const ValidatingAdmissionPolicySpec = admissionregistration.message('ValidatingAdmissionPolicySpec', {
  paramKind: ref(1, ParamKind),
  matchConstraints: ref(2, MatchResources),
  validations: list(3, Validation).atomic(),
  failurePolicy: string(4).explicit().oneOf('Ignore', 'Fail').default('Fail'),
  auditAnnotations: list(5, AuditAnnotation).atomic(),
  matchConditions: list(6, MatchCondition).map('name').patch('merge', 'name'),
  variables: list(7, Variable).map('name').patch('merge', 'name'),
})
export interface ValidatingAdmissionPolicySpec extends TypeOf<typeof ValidatingAdmissionPolicySpec> {}

export const ValidatingAdmissionPolicyStatus = admissionregistration.message('ValidatingAdmissionPolicyStatus', {
  observedGeneration: int64(1),
  typeChecking: ref(2, TypeChecking),
  conditions: list(3, Condition).map('type'),
})
export interface ValidatingAdmissionPolicyStatus extends TypeOf<typeof ValidatingAdmissionPolicyStatus> {}

export const ValidatingAdmissionPolicy = admissionregistration.kind('ValidatingAdmissionPolicy', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ValidatingAdmissionPolicySpec),
  status: ref(3, ValidatingAdmissionPolicyStatus),
})
export interface ValidatingAdmissionPolicy extends TypeOf<typeof ValidatingAdmissionPolicy> {}
export const ValidatingAdmissionPolicyList = admissionregistration.listOf(ValidatingAdmissionPolicy)
export const ValidatingAdmissionPolicies = admissionregistration.resource(
  ValidatingAdmissionPolicy,
  'validatingadmissionpolicies',
  { namespaced: false },
)

export const ValidatingAdmissionPolicyBindingSpec = admissionregistration.message(
  'ValidatingAdmissionPolicyBindingSpec',
  {
    policyName: string(1).required(),
    paramRef: ref(2, ParamRef),
    matchResources: ref(3, MatchResources),
    validationActions: list(4, string).required().set(),
  },
)
export interface ValidatingAdmissionPolicyBindingSpec extends TypeOf<typeof ValidatingAdmissionPolicyBindingSpec> {}

export const ValidatingAdmissionPolicyBinding = admissionregistration.kind('ValidatingAdmissionPolicyBinding', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ValidatingAdmissionPolicyBindingSpec).required(),
})
export interface ValidatingAdmissionPolicyBinding extends TypeOf<typeof ValidatingAdmissionPolicyBinding> {}
export const ValidatingAdmissionPolicyBindingList = admissionregistration.listOf(ValidatingAdmissionPolicyBinding)
export const ValidatingAdmissionPolicyBindings = admissionregistration.resource(
  ValidatingAdmissionPolicyBinding,
  'validatingadmissionpolicybindings',
  { namespaced: false },
)
