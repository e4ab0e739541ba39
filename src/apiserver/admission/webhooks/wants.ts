import type { AdmissionAttributes, Shown } from '../../definition.ts'
import { namespaceMatches, objectMatches } from '../match/selectors.ts'
import type { Form } from './form.ts'
import type { Candidate } from './hooks.ts'

/** Whether a webhook whose rules match a request wants to be asked about it. @throws ApiError 404 for a missing namespace */
export async function wants(
  { hook, shown }: Candidate,
  attributes: AdmissionAttributes,
  formOf: (shown: Shown) => Promise<Form>,
): Promise<boolean> {
  if (!namespaceMatches(hook.namespaceSelector, attributes)) return false
  if (hook.objectSelector.empty) return true
  const { object, old } = await formOf(shown)
  return objectMatches(hook.objectSelector, object, old)
}
