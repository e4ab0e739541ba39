import { bool, list, listOf, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { FieldSelectorRequirement, LabelSelectorRequirement, ObjectMeta } from '../../meta/v1/meta.ts'
import { authorization } from './package.ts'

export const FieldSelectorAttributes = authorization.message('FieldSelectorAttributes', {
  rawSelector: string(1),
  requirements: list(2, FieldSelectorRequirement).atomic(),
})
export interface FieldSelectorAttributes extends TypeOf<typeof FieldSelectorAttributes> {}

export const LabelSelectorAttributes = authorization.message('LabelSelectorAttributes', {
  rawSelector: string(1),
  requirements: list(2, LabelSelectorRequirement).atomic(),
})
export interface LabelSelectorAttributes extends TypeOf<typeof LabelSelectorAttributes> {}

export const NonResourceAttributes = authorization.message('NonResourceAttributes', {
  path: string(1),
  verb: string(2),
})
export interface NonResourceAttributes extends TypeOf<typeof NonResourceAttributes> {}

export const ResourceAttributes = authorization.message('ResourceAttributes', {
  namespace: string(1),
  verb: string(2),
  group: string(3),
  version: string(4),
  resource: string(5),
  subresource: string(6),
  name: string(7),
  fieldSelector: ref(8, FieldSelectorAttributes),
  labelSelector: ref(9, LabelSelectorAttributes),
})
export interface ResourceAttributes extends TypeOf<typeof ResourceAttributes> {}

export const SubjectAccessReviewSpec = authorization.message('SubjectAccessReviewSpec', {
  resourceAttributes: ref(1, ResourceAttributes),
  nonResourceAttributes: ref(2, NonResourceAttributes),
  user: string(3),
  groups: list(4, string).atomic(),
  extra: map(5, listOf(string)),
  uid: string(6),
})
export interface SubjectAccessReviewSpec extends TypeOf<typeof SubjectAccessReviewSpec> {}

export const SubjectAccessReviewStatus = authorization.message('SubjectAccessReviewStatus', {
  allowed: bool(1).required(),
  reason: string(2),
  evaluationError: string(3),
  denied: bool(4),
})
export interface SubjectAccessReviewStatus extends TypeOf<typeof SubjectAccessReviewStatus> {}

export const LocalSubjectAccessReview = authorization.kind('LocalSubjectAccessReview', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, SubjectAccessReviewSpec).required(),
  status: ref(3, SubjectAccessReviewStatus),
})
export interface LocalSubjectAccessReview extends TypeOf<typeof LocalSubjectAccessReview> {}
export const LocalSubjectAccessReviews = authorization.resource(LocalSubjectAccessReview, 'localsubjectaccessreviews', {
  namespaced: true,
})

export const SelfSubjectAccessReviewSpec = authorization.message('SelfSubjectAccessReviewSpec', {
  resourceAttributes: ref(1, ResourceAttributes),
  nonResourceAttributes: ref(2, NonResourceAttributes),
})
export interface SelfSubjectAccessReviewSpec extends TypeOf<typeof SelfSubjectAccessReviewSpec> {}

export const SelfSubjectAccessReview = authorization.kind('SelfSubjectAccessReview', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, SelfSubjectAccessReviewSpec).required(),
  status: ref(3, SubjectAccessReviewStatus),
})
export interface SelfSubjectAccessReview extends TypeOf<typeof SelfSubjectAccessReview> {}
export const SelfSubjectAccessReviews = authorization.resource(SelfSubjectAccessReview, 'selfsubjectaccessreviews', {
  namespaced: false,
})

export const SubjectAccessReview = authorization.kind('SubjectAccessReview', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, SubjectAccessReviewSpec).required(),
  status: ref(3, SubjectAccessReviewStatus),
})
export interface SubjectAccessReview extends TypeOf<typeof SubjectAccessReview> {}
export const SubjectAccessReviews = authorization.resource(SubjectAccessReview, 'subjectaccessreviews', {
  namespaced: false,
})
