import { type LocalSubjectAccessReview, LocalSubjectAccessReviews } from '../../../api/authorization/v1/index.ts'
import { badRequest } from '../../../api/errors.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { plainColumns } from '../table.ts'
import { access, subject } from './subject-access-review.ts'

export const localSubjectAccessReviews = (options: ResourceOptions): Kind<LocalSubjectAccessReview> => ({
  type: LocalSubjectAccessReviews,
  singular: 'localsubjectaccessreview',
  verbs: ['create'],
  generation: 'none',
  columns: plainColumns(),
  async answer(review) {
    const { namespace } = review.metadata ?? {}
    if (review.spec.resourceAttributes?.namespace !== namespace)
      throw badRequest('spec.resourceAttributes.namespace must match the namespace of the request')
    return { ...review, status: await access(options, subject(review.spec), review.spec) }
  },
})
