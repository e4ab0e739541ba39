import { list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { MatchCondition, MatchResources, ParamKind, ParamRef, Variable } from './match.ts'
import { admissionregistration } from './package.ts'

export const ApplyConfiguration = admissionregistration.message('ApplyConfiguration', {
  expression: string(1),
})
export interface ApplyConfiguration extends TypeOf<typeof ApplyConfiguration> {}

export const JSONPatch = admissionregistration.message('JSONPatch', {
  expression: string(1),
})
export interface JSONPatch extends TypeOf<typeof JSONPatch> {}

export const Mutation = admissionregistration.message('Mutation', {
  patchType: string(2).required().oneOf('ApplyConfiguration', 'JSONPatch'),
  applyConfiguration: ref(3, ApplyConfiguration),
  jsonPatch: ref(4, JSONPatch),
})
export interface Mutation extends TypeOf<typeof Mutation> {}

export const MutatingAdmissionPolicySpec = admissionregistration.message('MutatingAdmissionPolicySpec', {
  paramKind: ref(1, ParamKind),
  matchConstraints: ref(2, MatchResources),
  variables: list(3, Variable).atomic(),
  mutations: list(4, Mutation).atomic(),
  failurePolicy: string(5).explicit().oneOf('Ignore', 'Fail').default('Fail'),
  matchConditions: list(6, MatchCondition).map('name').patch('merge', 'name'),
  reinvocationPolicy: string(7).oneOf('Never', 'IfNeeded'),
})
export interface MutatingAdmissionPolicySpec extends TypeOf<typeof MutatingAdmissionPolicySpec> {}

export const MutatingAdmissionPolicy = admissionregistration.kind('MutatingAdmissionPolicy', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, MutatingAdmissionPolicySpec),
})
export interface MutatingAdmissionPolicy extends TypeOf<typeof MutatingAdmissionPolicy> {}
export const MutatingAdmissionPolicyList = admissionregistration.listOf(MutatingAdmissionPolicy)
export const MutatingAdmissionPolicies = admissionregistration.resource(
  MutatingAdmissionPolicy,
  'mutatingadmissionpolicies',
  { namespaced: false },
)

export const MutatingAdmissionPolicyBindingSpec = admissionregistration.message('MutatingAdmissionPolicyBindingSpec', {
  policyName: string(1),
  paramRef: ref(2, ParamRef),
  matchResources: ref(3, MatchResources),
})
export interface MutatingAdmissionPolicyBindingSpec extends TypeOf<typeof MutatingAdmissionPolicyBindingSpec> {}

export const MutatingAdmissionPolicyBinding = admissionregistration.kind('MutatingAdmissionPolicyBinding', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, MutatingAdmissionPolicyBindingSpec),
})
export interface MutatingAdmissionPolicyBinding extends TypeOf<typeof MutatingAdmissionPolicyBinding> {}
export const MutatingAdmissionPolicyBindingList = admissionregistration.listOf(MutatingAdmissionPolicyBinding)
export const MutatingAdmissionPolicyBindings = admissionregistration.resource(
  MutatingAdmissionPolicyBinding,
  'mutatingadmissionpolicybindings',
  { namespaced: false },
)
