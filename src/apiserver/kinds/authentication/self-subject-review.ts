import {
  type UserInfo as ReviewedUser,
  type SelfSubjectReview,
  SelfSubjectReviews,
} from '../../../api/authentication/v1/index.ts'
import type { UserInfo } from '../../../api/call.ts'
import type { Kind } from '../kind.ts'
import { plainColumns } from '../table.ts'

export const selfSubjectReviews: Kind<SelfSubjectReview> = {
  type: SelfSubjectReviews,
  singular: 'selfsubjectreview',
  verbs: ['create'],
  generation: 'none',
  columns: plainColumns(),
  answer: async (review, { user }) => ({ ...review, status: { userInfo: reviewed(user) } }),
}

export const reviewed = ({ name, uid, groups, extra }: UserInfo): ReviewedUser => ({
  username: name,
  ...(uid && { uid }),
  ...(groups.length && { groups: [...groups] }),
  ...(extra && { extra: structuredClone(extra) }),
})
