import {
  type SelfSubjectAccessReviewSpec,
  type SubjectAccessReview,
  type SubjectAccessReviewSpec,
  SubjectAccessReviews,
} from '../../../api/authorization/v1/index.ts'
import type { UserInfo } from '../../../api/call.ts'
import { badRequest, serviceUnavailable } from '../../../api/errors.ts'
import type { Kind } from '../kind.ts'
import type { AccessQuestion, ResourceOptions } from '../options.ts'
import { plainColumns } from '../table.ts'

export const subjectAccessReviews = (options: ResourceOptions): Kind<SubjectAccessReview> => ({
  type: SubjectAccessReviews,
  singular: 'subjectaccessreview',
  verbs: ['create'],
  generation: 'none',
  columns: plainColumns(),
  answer: async (review) => ({ ...review, status: await access(options, subject(review.spec), review.spec) }),
})

export const subject = ({ user, groups, uid, extra }: SubjectAccessReviewSpec): UserInfo => {
  if (!user && !groups?.length)
    throw badRequest('spec.user: Invalid value: "": at least one of user or group must be specified')
  return { name: user ?? '', groups: groups ?? [], uid, extra }
}

export async function access(options: ResourceOptions, user: UserInfo, spec: SelfSubjectAccessReviewSpec) {
  if (!options.authorize) throw serviceUnavailable('this server has no authorizer')
  const { allowed, denied, reason, error } = await options.authorize(user, question(spec))
  return {
    allowed,
    ...(denied && { denied }),
    ...(reason && { reason }),
    ...(error && { evaluationError: error }),
  }
}

function question(spec: SelfSubjectAccessReviewSpec): AccessQuestion {
  const { resourceAttributes: resource, nonResourceAttributes: url } = spec
  if (resource && url)
    throw badRequest(
      'spec.nonResourceAttributes: Invalid value: cannot be specified in combination with resourceAttributes',
    )
  if (resource) return { resource }
  if (url) return { path: url.path ?? '', verb: url.verb ?? '' }
  throw badRequest(
    'spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  )
}
