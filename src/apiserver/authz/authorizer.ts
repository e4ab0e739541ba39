import type { Call, UserInfo } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'

/** One access to decide on: of a resource or, with `path`, of another URL. */
export interface AccessAttributes {
  user: UserInfo
  verb: string
  group?: string
  version?: string
  resource?: string
  subresource?: string
  namespace?: string
  name?: string
  path?: string
}

export interface AccessDecision {
  allowed: boolean
  /** The reason, if there is more to it than that no rule allows the access. */
  reason?: string
}

/** Decides on access. */
export interface Authorizer {
  authorize(attributes: AccessAttributes): AccessDecision | Promise<AccessDecision>
}

export const accessOf = ({ user, verb, group, version, resource, subresource, namespace, name }: Call) => ({
  user,
  verb,
  group,
  version,
  resource,
  ...(subresource && { subresource }),
  ...(namespace && { namespace }),
  ...(name && { name }),
})

/** 403 in the words clients know: `pods is forbidden: User "x" cannot list resource "pods" in API group "" ...`. */
export function accessForbidden(attributes: AccessAttributes, reason = ''): ApiError {
  const { user, verb, group = '', resource = '', subresource, namespace, name, path } = attributes
  const why = reason ? `: ${reason}` : ''
  if (path !== undefined)
    return new ApiError(403, 'Forbidden', `forbidden: User "${user.name}" cannot ${verb} path "${path}"${why}`, {})
  const shown = subresource ? `${resource}/${subresource}` : resource
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  const what = `User "${user.name}" cannot ${verb} resource "${shown}" in API group "${group}" ${where}${why}`
  const about = `${group ? `${resource}.${group}` : resource}${name ? ` "${name}"` : ''}`
  return new ApiError(403, 'Forbidden', `${about} is forbidden: ${what}`, {
    ...(name && { name }),
    ...(group && { group }),
    kind: resource,
  })
}
