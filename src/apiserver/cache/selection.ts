import type { CallOptions } from '../../api/call.ts'
import { badRequest } from '../../api/errors.ts'
import { parseFieldSelector } from '../../api/machinery/selectors/fields.ts'
import { parseLabelSelector } from '../../api/machinery/selectors/labels.ts'
import type { ResourceDefinition } from '../definition.ts'
import type { Item } from './item.ts'
import type { Selection } from './watchers.ts'

/** Fields worth an index: many clients each select one value. */
const indexed = ['spec.nodeName']

interface Scope {
  namespace?: string
  name?: string
  options: Pick<CallOptions, 'labelSelector' | 'fieldSelector'>
}

/**
 * The selection of a list or watch, as a predicate and as a place in the index.
 * @throws ApiError 400 for an invalid selector, or one of a field that is not selectable.
 */
export function selectionOf(definition: ResourceDefinition, { namespace, name, options }: Scope): Selection {
  const labels = parseLabelSelector(options.labelSelector ?? '')
  const fields = parseFieldSelector(options.fieldSelector ?? '')
  const known = definition.selectableFields ?? {}
  for (const { field } of fields.requirements) {
    if (field === 'metadata.name' || (field === 'metadata.namespace' && definition.type.namespaced)) continue
    if (!Object.hasOwn(known, field)) throw badRequest(`field label not supported: ${field}`)
  }

  const inNamespace = namespace || fields.exact('metadata.namespace')
  const called = name ?? fields.exact('metadata.name')
  const selection: Selection = { ...(inNamespace && { namespace: inNamespace }) }
  if (called !== undefined && (inNamespace || !definition.type.namespaced)) selection.name = called
  for (const field of indexed) {
    const value = fields.exact(field)
    if (value !== undefined) selection.field = { name: field, value }
  }

  const tests: ((item: Item) => boolean)[] = []
  if (inNamespace && selection.field) tests.push((item) => item.namespace === inNamespace)
  if (called !== undefined) tests.push((item) => item.name === called)
  if (!fields.empty) tests.push((item) => fields.matches((field) => fieldValue(definition, field, item)))
  if (!labels.empty) tests.push((item) => labels.matches(item.object.metadata.labels))
  const [only] = tests
  if (only) selection.matches = tests.length === 1 ? only : (item) => tests.every((test) => test(item))
  return selection
}

export function fieldValue(definition: ResourceDefinition, field: string, item: Item): string {
  if (field === 'metadata.name') return item.name
  if (field === 'metadata.namespace') return item.namespace
  const read = definition.selectableFields?.[field]
  return read ? read(item.object) : ''
}
