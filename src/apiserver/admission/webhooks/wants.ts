import type { Decide } from '../../../api/machinery/cel/library/authorizer.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'
import { namespaceMatches, objectMatches } from '../match/selectors.ts'
import type { Form } from './form.ts'
import type { Candidate } from './hooks.ts'

/**
 * Whether a webhook whose rules match a request wants to be asked about it.
 * @throws ApiError 404 for a missing namespace, 403 for a match condition that fails
 */
export async function wants(
  candidate: Candidate,
  attributes: AdmissionAttributes,
  formOf: (shown: Shown) => Promise<Form>,
  decide: Decide,
): Promise<boolean> {
  const { hook, shown } = candidate
  if (!namespaceMatches(hook.namespaceSelector, attributes)) return false
  if (!hook.objectSelector.empty) {
    const { object, old } = await formOf(shown)
    if (!objectMatches(hook.objectSelector, object, old)) return false
  }
  if (!hook.webhook.matchConditions?.length) return true
  const { meetsConditions } = await import('./conditions.ts')
  return meetsConditions(candidate, attributes, decide)
}
