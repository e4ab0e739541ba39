import { ApiError } from '../../../api/errors.ts'
import type { AdmissionAttributes } from '../../definition.ts'

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 }

/** The error of a policy that denies a request: it says `forbidden`, with the code of its reason. */
export function denial({ definition, name }: AdmissionAttributes, why: string, reason = 'Invalid'): ApiError {
  const { group, resource } = definition.type
  const qualified = group ? `${resource}.${group}` : resource
  return new ApiError(codes[reason] ?? 422, reason, `${qualified} "${name}" is forbidden: ${why}`, {
    name,
    ...(group && { group }),
    kind: resource,
    causes: [{ message: why }],
  })
}
