import type { ResourceAttributes } from '../../api/authorization/v1/index.ts'
import { type ApiError, badRequest } from '../../api/errors.ts'
import { selectorOfExpressions } from '../../api/machinery/selectors/labels.ts'

type Asked = Pick<ResourceAttributes, 'fieldSelector' | 'labelSelector'>

/** The selectors of a SubjectAccessReview as a request would have them. @throws ApiError 400 for one in two forms (KEP-4601) */
export function selectorTexts({ fieldSelector, labelSelector }: Asked): {
  fieldSelector?: string
  labelSelector?: string
} {
  const fields = fieldSelector && (fieldSelector.rawSelector ?? fieldText(fieldSelector.requirements ?? []))
  const labels =
    labelSelector && (labelSelector.rawSelector ?? selectorOfExpressions(labelSelector.requirements ?? []).toString())
  for (const [name, selector] of Object.entries({ fieldSelector, labelSelector }))
    if (selector?.rawSelector && selector.requirements?.length) throw twice(name)
  return { ...(fields && { fieldSelector: fields }), ...(labels && { labelSelector: labels }) }
}

const twice = (name: string): ApiError =>
  badRequest(
    `spec.resourceAttributes.${name}.rawSelector: Invalid value: may not specified at the same time as requirements`,
  )

type FieldRequirement = NonNullable<NonNullable<Asked['fieldSelector']>['requirements']>[number]

/** A field has one value: requirements with none or several say nothing that an authorizer could use, as upstream has it. */
const fieldText = (requirements: readonly FieldRequirement[]): string =>
  requirements
    .flatMap(({ key, operator, values = [] }) => {
      if (values.length !== 1 || (operator !== 'In' && operator !== 'NotIn')) return []
      return `${key}${operator === 'In' ? '=' : '!='}${values[0]?.replace(/[\\,=]/g, '\\$&')}`
    })
    .join(',')
