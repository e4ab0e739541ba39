import { type SubjectAccessReview, SubjectAccessReviews } from '../../api/authorization/v1/index.ts'
import type { Served } from './served.ts'

const verbs: Record<string, string> = { GET: 'get', HEAD: 'get', POST: 'create', PUT: 'update', DELETE: 'delete' }

/**
 * Whether a user with a certificate of the cluster's may use the kubelet's server: the API server and other members of
 * `system:masters` may, and users that the API server lets use `nodes/proxy`.
 */
export async function authorize(
  { user, groups }: { user: string; groups: string[] },
  method: string,
  { ctx, settings }: Pick<Served['node'], 'ctx' | 'settings'>,
): Promise<boolean> {
  if (groups.includes('system:masters')) return true
  const verb = verbs[method] ?? 'get'
  const review: SubjectAccessReview = {
    spec: {
      user,
      groups,
      resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource: 'proxy', name: settings.nodeName },
    },
  }
  try {
    return (await ctx.client.create(SubjectAccessReviews, review)).status.allowed === true
  } catch (error) {
    ctx.log.warn('cannot ask whether a user may use the kubelet', { user, error: String(error) })
    return false
  }
}
