import { type TokenReview, type TokenReviewSpec, TokenReviews } from '../../../api/authentication/v1/index.ts'
import { badRequest, messageOf, serviceUnavailable } from '../../../api/errors.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { plainColumns } from '../table.ts'
import { reviewed } from './self-subject-review.ts'

export const tokenReviews = (options: ResourceOptions): Kind<TokenReview> => ({
  type: TokenReviews,
  singular: 'tokenreview',
  verbs: ['create'],
  generation: 'none',
  columns: plainColumns(),
  answer: async (review) => ({ ...review, status: await tokenStatus(options, review.spec) }),
})

async function tokenStatus(options: ResourceOptions, { token, audiences = [] }: TokenReviewSpec) {
  if (!token) throw badRequest('token is required for TokenReview in authentication')
  if (!options.authenticate) throw serviceUnavailable('this server has no authenticator')
  try {
    const found = await options.authenticate(token, audiences)
    if (!found) return { user: {} }
    return { authenticated: true, user: reviewed(found.user), audiences: found.audiences ?? audiences }
  } catch (error) {
    return { user: {}, error: messageOf(error) }
  }
}
