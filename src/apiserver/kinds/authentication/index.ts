export { selfSubjectReviews as SelfSubjectReviews } from './self-subject-review.ts'
export { tokenReviews as TokenReviews } from './token-review.ts'
