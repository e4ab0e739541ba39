import { type SelfSubjectRulesReview, SelfSubjectRulesReviews } from '../../../api/authorization/v1/index.ts'
import { badRequest, serviceUnavailable } from '../../../api/errors.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { plainColumns } from '../table.ts'

export const selfSubjectRulesReviews = (options: ResourceOptions): Kind<SelfSubjectRulesReview> => ({
  type: SelfSubjectRulesReviews,
  singular: 'selfsubjectrulesreview',
  verbs: ['create'],
  generation: 'none',
  columns: plainColumns(),
  async answer(review, { user }) {
    if (!review.spec.namespace) throw badRequest('no namespace on request')
    if (!options.rulesFor) throw serviceUnavailable('this server has no rule resolver')
    return { ...review, status: await options.rulesFor(user, review.spec.namespace) }
  },
})
