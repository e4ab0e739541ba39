import type { Call } from '../../api/call.ts'
import { fieldError, invalid } from '../../api/errors.ts'

const options = { group: 'meta.k8s.io', kind: 'PatchOptions' }

/** An apply request names its owner. @throws ApiError 422 */
export function applyOptionsOf({ options: { fieldManager } }: Call): void {
  if (!fieldManager) throw invalid(options, '', [fieldError.required('fieldManager', 'is required for apply patch')])
}

/** Other patches have nothing to force. @throws ApiError 422 */
export function patchOptionsOf({ options: { force } }: Call): void {
  if (force !== undefined)
    throw invalid(options, '', [fieldError.forbidden('force', 'may not be specified for non-apply patch')])
}
