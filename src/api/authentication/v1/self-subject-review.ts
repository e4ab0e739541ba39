import { list, listOf, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { authentication } from './package.ts'

export const UserInfo = authentication.message('UserInfo', {
  username: string(1),
  uid: string(2),
  groups: list(3, string).atomic(),
  extra: map(4, listOf(string)),
})
export interface UserInfo extends TypeOf<typeof UserInfo> {}

export const SelfSubjectReviewStatus = authentication.message('SelfSubjectReviewStatus', {
  userInfo: ref(1, UserInfo),
})
export interface SelfSubjectReviewStatus extends TypeOf<typeof SelfSubjectReviewStatus> {}

export const SelfSubjectReview = authentication.kind('SelfSubjectReview', {
  metadata: ref(1, ObjectMeta),
  status: ref(2, SelfSubjectReviewStatus),
})
export interface SelfSubjectReview extends TypeOf<typeof SelfSubjectReview> {}
export const SelfSubjectReviews = authentication.resource(SelfSubjectReview, 'selfsubjectreviews', {
  namespaced: false,
})
