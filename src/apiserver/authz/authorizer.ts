import type { AccessAttributes, AccessDecision } from '../../api/access.ts'
import type { SubjectRulesReviewStatus } from '../../api/authorization/v1/index.ts'
import type { Call, UserInfo } from '../../api/call.ts'
import { ApiError, internalError } from '../../api/errors.ts'
import { parseFieldSelector } from '../../api/machinery/selectors/fields.ts'
import type { Resources } from '../registry/resources.ts'

/** Decides on access. */
export interface Authorizer {
  authorize(attributes: AccessAttributes): AccessDecision | Promise<AccessDecision>
  /** All that a user may do in a namespace, as far as it can be listed (SelfSubjectRulesReview). */
  rulesFor(user: UserInfo, namespace: string): SubjectRulesReviewStatus | Promise<SubjectRulesReviewStatus>
  /** Called once, before the first decision, with the server's resources: some authorizers decide by stored objects. */
  attach?(resources: Resources): void
}

/** The access that a call needs. A selector of one name counts as the name, as upstream has it for lists and watches. */
export function accessOf({
  user,
  verb,
  group,
  version,
  resource,
  subresource,
  namespace,
  name,
  options,
}: Call): AccessAttributes {
  const { fieldSelector, labelSelector } = selecting.has(verb) ? options : {}
  const called = name ?? (fieldSelector && verb !== 'deletecollection' ? nameIn(fieldSelector) : undefined)
  return {
    user,
    verb,
    group,
    version,
    resource,
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
    ...(called && { name: called }),
    ...(fieldSelector && { fieldSelector }),
    ...(labelSelector && { labelSelector }),
  }
}

const selecting: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection'])

function nameIn(fieldSelector: string): string | undefined {
  if (!fieldSelector.includes('metadata.name')) return undefined
  try {
    return parseFieldSelector(fieldSelector).exact('metadata.name')
  } catch {
    // The registry refuses it with a message of its own.
    return undefined
  }
}

/** The error of an access that is not allowed: a decision that could not be made is no refusal, but a failure of ours. */
export const accessRefused = (attributes: AccessAttributes, { reason, error }: AccessDecision): ApiError =>
  error ? internalError(error) : accessForbidden(attributes, reason)

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
