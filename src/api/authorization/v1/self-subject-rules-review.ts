import { bool, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { authorization } from './package.ts'

export const NonResourceRule = authorization.message('NonResourceRule', {
  verbs: list(1, string).required().atomic(),
  nonResourceURLs: list(2, string).atomic(),
})
export interface NonResourceRule extends TypeOf<typeof NonResourceRule> {}

export const ResourceRule = authorization.message('ResourceRule', {
  verbs: list(1, string).required().atomic(),
  apiGroups: list(2, string).atomic(),
  resources: list(3, string).atomic(),
  resourceNames: list(4, string).atomic(),
})
export interface ResourceRule extends TypeOf<typeof ResourceRule> {}

export const SelfSubjectRulesReviewSpec = authorization.message('SelfSubjectRulesReviewSpec', {
  namespace: string(1),
})
export interface SelfSubjectRulesReviewSpec extends TypeOf<typeof SelfSubjectRulesReviewSpec> {}

export const SubjectRulesReviewStatus = authorization.message('SubjectRulesReviewStatus', {
  resourceRules: list(1, ResourceRule).required().atomic(),
  nonResourceRules: list(2, NonResourceRule).required().atomic(),
  incomplete: bool(3).required(),
  evaluationError: string(4),
})
export interface SubjectRulesReviewStatus extends TypeOf<typeof SubjectRulesReviewStatus> {}

export const SelfSubjectRulesReview = authorization.kind('SelfSubjectRulesReview', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, SelfSubjectRulesReviewSpec).required(),
  status: ref(3, SubjectRulesReviewStatus),
})
export interface SelfSubjectRulesReview extends TypeOf<typeof SelfSubjectRulesReview> {}
export const SelfSubjectRulesReviews = authorization.resource(SelfSubjectRulesReview, 'selfsubjectrulesreviews', {
  namespaced: false,
})
