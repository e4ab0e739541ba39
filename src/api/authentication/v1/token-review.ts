import { bool, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { authentication } from './package.ts'
import { UserInfo } from './self-subject-review.ts'

export const TokenReviewSpec = authentication.message('TokenReviewSpec', {
  token: string(1).required(),
  audiences: list(2, string).atomic(),
})
export interface TokenReviewSpec extends TypeOf<typeof TokenReviewSpec> {}

export const TokenReviewStatus = authentication.message('TokenReviewStatus', {
  authenticated: bool(1),
  user: ref(2, UserInfo),
  error: string(3),
  audiences: list(4, string).atomic(),
})
export interface TokenReviewStatus extends TypeOf<typeof TokenReviewStatus> {}

export const TokenReview = authentication.kind('TokenReview', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, TokenReviewSpec).required(),
  status: ref(3, TokenReviewStatus),
})
export interface TokenReview extends TypeOf<typeof TokenReview> {}
export const TokenReviews = authentication.resource(TokenReview, 'tokenreviews', { namespaced: false })
