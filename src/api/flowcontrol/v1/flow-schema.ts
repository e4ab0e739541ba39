import { bool, int32, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { flowcontrol } from './package.ts'

export const FlowDistinguisherMethod = flowcontrol.message('FlowDistinguisherMethod', {
  type: string(1).required(),
})
export interface FlowDistinguisherMethod extends TypeOf<typeof FlowDistinguisherMethod> {}

export const NonResourcePolicyRule = flowcontrol.message('NonResourcePolicyRule', {
  verbs: list(1, string).required().set(),
  nonResourceURLs: list(6, string).required().set(),
})
export interface NonResourcePolicyRule extends TypeOf<typeof NonResourcePolicyRule> {}

export const ResourcePolicyRule = flowcontrol.message('ResourcePolicyRule', {
  verbs: list(1, string).required().set(),
  apiGroups: list(2, string).required().set(),
  resources: list(3, string).required().set(),
  clusterScope: bool(4),
  namespaces: list(5, string).set(),
})
export interface ResourcePolicyRule extends TypeOf<typeof ResourcePolicyRule> {}

export const GroupSubject = flowcontrol.message('GroupSubject', {
  name: string(1).required(),
})
export interface GroupSubject extends TypeOf<typeof GroupSubject> {}

export const ServiceAccountSubject = flowcontrol.message('ServiceAccountSubject', {
  namespace: string(1).required(),
  name: string(2).required(),
})
export interface ServiceAccountSubject extends TypeOf<typeof ServiceAccountSubject> {}

export const UserSubject = flowcontrol.message('UserSubject', {
  name: string(1).required(),
})
export interface UserSubject extends TypeOf<typeof UserSubject> {}

export const Subject = flowcontrol.message('Subject', {
  kind: string(1).required(),
  user: ref(2, UserSubject),
  group: ref(3, GroupSubject),
  serviceAccount: ref(4, ServiceAccountSubject),
})
export interface Subject extends TypeOf<typeof Subject> {}

export const PolicyRulesWithSubjects = flowcontrol.message('PolicyRulesWithSubjects', {
  subjects: list(1, Subject).required().atomic(),
  resourceRules: list(2, ResourcePolicyRule).atomic(),
  nonResourceRules: list(3, NonResourcePolicyRule).atomic(),
})
export interface PolicyRulesWithSubjects extends TypeOf<typeof PolicyRulesWithSubjects> {}

export const PriorityLevelConfigurationReference = flowcontrol.message('PriorityLevelConfigurationReference', {
  name: string(1).required(),
})
export interface PriorityLevelConfigurationReference extends TypeOf<typeof PriorityLevelConfigurationReference> {}

export const FlowSchemaSpec = flowcontrol.message('FlowSchemaSpec', {
  priorityLevelConfiguration: ref(1, PriorityLevelConfigurationReference).required(),
  matchingPrecedence: int32(2).default(1000),
  distinguisherMethod: ref(3, FlowDistinguisherMethod),
  rules: list(4, PolicyRulesWithSubjects).atomic(),
})
export interface FlowSchemaSpec extends TypeOf<typeof FlowSchemaSpec> {}

export const FlowSchemaCondition = flowcontrol.message('FlowSchemaCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
})
export interface FlowSchemaCondition extends TypeOf<typeof FlowSchemaCondition> {}

export const FlowSchemaStatus = flowcontrol.message('FlowSchemaStatus', {
  conditions: list(1, FlowSchemaCondition).map('type').patch('merge', 'type'),
})
export interface FlowSchemaStatus extends TypeOf<typeof FlowSchemaStatus> {}

export const FlowSchema = flowcontrol.kind('FlowSchema', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, FlowSchemaSpec),
  status: ref(3, FlowSchemaStatus),
})
export interface FlowSchema extends TypeOf<typeof FlowSchema> {}
export const FlowSchemaList = flowcontrol.listOf(FlowSchema)
export const FlowSchemas = flowcontrol.resource(FlowSchema, 'flowschemas', { namespaced: false })
