export { localSubjectAccessReviews as LocalSubjectAccessReviews } from './local-subject-access-review.ts'
export { selfSubjectAccessReviews as SelfSubjectAccessReviews } from './self-subject-access-review.ts'
export { selfSubjectRulesReviews as SelfSubjectRulesReviews } from './self-subject-rules-review.ts'
export { subjectAccessReviews as SubjectAccessReviews } from './subject-access-review.ts'
