import * as authentication from '../../../api/authentication/v1/index.ts'
import * as authorization from '../../../api/authorization/v1/index.ts'
import type { UserInfo } from '../../../api/call.ts'
import { ApiError, badRequest, serviceUnavailable } from '../../../api/errors.ts'
import { define } from '../define.ts'
import type { AccessQuestion, ResourceOptions } from '../options.ts'
import { plainColumns } from '../table.ts'

const asked = { verbs: ['create'] as 'create'[], generation: 'none' as const }
const unavailable = (what: string) => serviceUnavailable(`this server has no ${what}`)

/** Questions to the server: a POST is answered with the same object, its status filled in. Nothing is stored. */
export const reviews = (options: ResourceOptions) => [
  define<authentication.TokenReview>({
    ...asked,
    type: authentication.TokenReviews,
    singular: 'tokenreview',
    columns: plainColumns(),
    answer: async (review) => ({ ...review, status: await tokenStatus(options, review.spec) }),
  }),
  define<authentication.SelfSubjectReview>({
    ...asked,
    type: authentication.SelfSubjectReviews,
    singular: 'selfsubjectreview',
    columns: plainColumns(),
    answer: async (review, { user }) => ({ ...review, status: { userInfo: reviewed(user) } }),
  }),
  define<authorization.SubjectAccessReview>({
    ...asked,
    type: authorization.SubjectAccessReviews,
    singular: 'subjectaccessreview',
    columns: plainColumns(),
    answer: async (review) => ({ ...review, status: await access(options, subject(review.spec), review.spec) }),
  }),
  define<authorization.LocalSubjectAccessReview>({
    ...asked,
    type: authorization.LocalSubjectAccessReviews,
    singular: 'localsubjectaccessreview',
    columns: plainColumns(),
    async answer(review) {
      const { namespace } = review.metadata ?? {}
      if (review.spec.resourceAttributes?.namespace !== namespace)
        throw badRequest('spec.resourceAttributes.namespace must match the namespace of the request')
      return { ...review, status: await access(options, subject(review.spec), review.spec) }
    },
  }),
  define<authorization.SelfSubjectAccessReview>({
    ...asked,
    type: authorization.SelfSubjectAccessReviews,
    singular: 'selfsubjectaccessreview',
    columns: plainColumns(),
    answer: async (review, { user }) => ({ ...review, status: await access(options, user, review.spec) }),
  }),
  define<authorization.SelfSubjectRulesReview>({
    ...asked,
    type: authorization.SelfSubjectRulesReviews,
    singular: 'selfsubjectrulesreview',
    columns: plainColumns(),
    async answer(review, { user }) {
      if (!review.spec.namespace) throw badRequest('no namespace on request')
      if (!options.rulesFor) throw unavailable('rule resolver')
      return { ...review, status: await options.rulesFor(user, review.spec.namespace) }
    },
  }),
]

async function tokenStatus(options: ResourceOptions, { token, audiences = [] }: authentication.TokenReviewSpec) {
  if (!token) throw badRequest('token is required for TokenReview in authentication')
  if (!options.authenticate) throw unavailable('authenticator')
  try {
    const found = await options.authenticate(token, audiences)
    if (!found) return { user: {} }
    return { authenticated: true, user: reviewed(found.user), audiences: found.audiences ?? audiences }
  } catch (error) {
    return { user: {}, error: error instanceof ApiError ? error.message : String(error) }
  }
}

const reviewed = ({ name, uid, groups, extra }: UserInfo): authentication.UserInfo => ({
  username: name,
  ...(uid && { uid }),
  ...(groups.length && { groups }),
  ...(extra && { extra }),
})

const subject = ({ user, groups, uid, extra }: authorization.SubjectAccessReviewSpec): UserInfo => {
  if (!user && !groups?.length)
    throw badRequest('spec.user: Invalid value: "": at least one of user or group must be specified')
  return { name: user ?? '', groups: groups ?? [], uid, extra }
}

async function access(options: ResourceOptions, user: UserInfo, spec: authorization.SelfSubjectAccessReviewSpec) {
  if (!options.authorize) throw unavailable('authorizer')
  const { allowed, denied, reason } = await options.authorize(user, question(spec))
  return { allowed, ...(denied && { denied }), ...(reason && { reason }) }
}

function question(spec: authorization.SelfSubjectAccessReviewSpec): AccessQuestion {
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
