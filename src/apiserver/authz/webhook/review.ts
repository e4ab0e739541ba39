import type { AccessAttributes } from '../../../api/access.ts'
import type { SubjectAccessReviewSpec } from '../../../api/authorization/v1/index.ts'
import { parseFieldSelector } from '../../../api/machinery/selectors/fields.ts'
import { parseLabelSelector } from '../../../api/machinery/selectors/labels.ts'

/** An access as the spec of a SubjectAccessReview, which is what webhooks and their match conditions see. */
export function reviewSpec(attributes: AccessAttributes): SubjectAccessReviewSpec {
  const { user, verb, path, group, version, resource, subresource, namespace, name } = attributes
  const { fieldSelector, labelSelector } = selectorsOf(attributes)
  return {
    ...(path === undefined
      ? {
          resourceAttributes: present({
            namespace,
            verb,
            group,
            version,
            resource,
            subresource,
            name,
            fieldSelector,
            labelSelector,
          }),
        }
      : { nonResourceAttributes: { path, verb } }),
    user: user.name,
    ...(user.groups.length > 0 && { groups: user.groups }),
    ...(user.extra && { extra: user.extra }),
    ...(user.uid && { uid: user.uid }),
  }
}

const present = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as T

/** As requirements; a selector that cannot be read says nothing, and the request will fail anyway. */
function selectorsOf({ fieldSelector, labelSelector }: AccessAttributes) {
  try {
    const fields = fieldSelector ? parseFieldSelector(fieldSelector).requirements : []
    const labels = labelSelector ? parseLabelSelector(labelSelector).requirements : []
    return {
      ...(fields.length > 0 && {
        fieldSelector: {
          requirements: fields.map(({ field, op, value }) => ({
            key: field,
            operator: op === '=' ? 'In' : 'NotIn',
            values: [value],
          })),
        },
      }),
      ...(labels.length > 0 && {
        labelSelector: {
          requirements: labels.flatMap(({ key, operator, values }) => {
            const word = labelWords[operator]
            return word ? { key, operator: word, ...(values.length > 0 && { values: [...values] }) } : []
          }),
        },
      }),
    }
  } catch {
    return {}
  }
}

/** Those of a LabelSelector; `gt` and `lt` have no word there. */
const labelWords: Readonly<Record<string, string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
}
