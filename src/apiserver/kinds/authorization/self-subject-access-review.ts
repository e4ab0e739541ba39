import { type SelfSubjectAccessReview, SelfSubjectAccessReviews } from '../../../api/authorization/v1/index.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { plainColumns } from '../table.ts'
import { access } from './subject-access-review.ts'

export const selfSubjectAccessReviews = (options: ResourceOptions): Kind<SelfSubjectAccessReview> => ({
  type: SelfSubjectAccessReviews,
  singular: 'selfsubjectaccessreview',
  verbs: ['create'],
  generation: 'none',
  columns: plainColumns(),
  answer: async (review, { user }) => ({ ...review, status: await access(options, user, review.spec) }),
})
