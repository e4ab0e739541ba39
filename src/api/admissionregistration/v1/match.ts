import { embed, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { LabelSelector } from '../../meta/v1/meta.ts'
import { admissionregistration } from './package.ts'

export const MatchCondition = admissionregistration.message('MatchCondition', {
  name: string(1).required(),
  expression: string(2).required(),
})
export interface MatchCondition extends TypeOf<typeof MatchCondition> {}

export const Rule = admissionregistration.message('Rule', {
  apiGroups: list(1, string).atomic(),
  apiVersions: list(2, string).atomic(),
  resources: list(3, string).atomic(),
  scope: string(4).explicit().oneOf('Cluster', 'Namespaced', '*').default('*'),
})
export interface Rule extends TypeOf<typeof Rule> {}

export const RuleWithOperations = admissionregistration.message('RuleWithOperations', {
  operations: list(1, string).atomic(),
  ...embed(2, Rule),
})
export interface RuleWithOperations extends TypeOf<typeof RuleWithOperations> {}

export const NamedRuleWithOperations = admissionregistration.atomicMessage('NamedRuleWithOperations', {
  resourceNames: list(1, string).atomic(),
  ...embed(2, RuleWithOperations),
})
export interface NamedRuleWithOperations extends TypeOf<typeof NamedRuleWithOperations> {}

export const MatchResources = admissionregistration.atomicMessage('MatchResources', {
  namespaceSelector: ref(1, LabelSelector).default({}),
  objectSelector: ref(2, LabelSelector).default({}),
  resourceRules: list(3, NamedRuleWithOperations).atomic(),
  excludeResourceRules: list(4, NamedRuleWithOperations).atomic(),
  matchPolicy: string(7).explicit().oneOf('Exact', 'Equivalent').default('Equivalent'),
})
export interface MatchResources extends TypeOf<typeof MatchResources> {}

export const ParamKind = admissionregistration.atomicMessage('ParamKind', {
  apiVersion: string(1),
  kind: string(2),
})
export interface ParamKind extends TypeOf<typeof ParamKind> {}

export const ParamRef = admissionregistration.atomicMessage('ParamRef', {
  name: string(1),
  namespace: string(2),
  selector: ref(3, LabelSelector),
  parameterNotFoundAction: string(4).explicit(),
})
export interface ParamRef extends TypeOf<typeof ParamRef> {}

export const Variable = admissionregistration.atomicMessage('Variable', {
  name: string(1).required(),
  expression: string(2).required(),
})
export interface Variable extends TypeOf<typeof Variable> {}
