import type { SubjectRulesReviewStatus } from '../../api/authorization/v1/index.ts'
import type { UserInfo } from '../../api/call.ts'
import type { AccessAttributes, Authorizer } from './authorizer.ts'

/**
 * Access without role-based access control: administrators and the cluster's own components may do everything they need,
 * other users may use discovery, and ask for their own rights.
 */
export const componentAuthorizer: Authorizer = {
  authorize(attributes) {
    const { user } = attributes
    if (user.groups.includes('system:masters') || components.has(user.name)) return { allowed: true }
    if (isNode(user)) return { allowed: !attributes.path || isOpenPath(attributes.path) }
    if (attributes.path !== undefined) return { allowed: attributes.verb === 'get' && isOpen(attributes) }
    return { allowed: isSelfReview(attributes) }
  },
}

const components = new Set([
  'system:apiserver',
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:kube-proxy',
])

const isNode = ({ name, groups }: UserInfo): boolean =>
  name.startsWith('system:node:') && groups.includes('system:nodes')

/** Open to everyone, authenticated or not: upstream's `system:public-info-viewer`. */
const publicPaths = /^\/(livez|readyz|healthz)(\/.*)?$|^\/version\/?$/
/** Open to every authenticated user: upstream's `system:discovery`. */
const discoveryPaths =
  /^\/(api|apis|openapi)(\/.*)?$|^\/$|^\/\.well-known\/openid-configuration\/?$|^\/openid\/v1\/jwks\/?$/

const isOpenPath = (path: string): boolean => publicPaths.test(path) || discoveryPaths.test(path)
const isOpen = ({ path = '', user }: AccessAttributes): boolean =>
  publicPaths.test(path) || (user.groups.includes('system:authenticated') && discoveryPaths.test(path))

const selfReviews = new Set(['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'])
const isSelfReview = ({ verb, resource = '', user }: AccessAttributes): boolean =>
  verb === 'create' && selfReviews.has(resource) && user.groups.includes('system:authenticated')

/** The rights of a user under `componentAuthorizer`, as `kubectl auth can-i --list` shows them. */
export function componentRules(user: UserInfo): SubjectRulesReviewStatus {
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }
  const isComponent = user.groups.includes('system:masters') || components.has(user.name)
  if (isComponent || isNode(user))
    return {
      resourceRules: [everything],
      nonResourceRules: isComponent ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : publicRules,
      incomplete: false,
    }
  return {
    resourceRules: [
      {
        verbs: ['create'],
        apiGroups: ['authorization.k8s.io', 'authentication.k8s.io'],
        resources: [...selfReviews],
      },
    ],
    nonResourceRules: publicRules,
    incomplete: false,
  }
}

const publicRules = [
  { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version'] },
  { verbs: ['get'], nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'] },
]
