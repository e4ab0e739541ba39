import { Namespaces } from '../../../api/core/v1/index.ts'
import { notFound } from '../../../api/errors.ts'
import type { Labels, Selector } from '../../../api/machinery/selectors/labels.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { AdmissionAttributes } from '../../definition.ts'

/**
 * Whether a request's namespace has labels that a selector chooses. Requests for cluster-scoped objects always match, but
 * those for a namespace itself are judged by its own labels.
 * @throws ApiError 404 when there is no such namespace
 */
export function namespaceMatches(selector: Selector, attributes: AdmissionAttributes): boolean {
  if (selector.empty) return true
  const { definition, operation, subresource, object, name } = attributes
  const isNamespace = definition.type === Namespaces
  if (isNamespace && !subresource && object && operation !== 'DELETE') return selector.matches(object.metadata?.labels)
  const namespace = isNamespace ? name : attributes.namespace
  if (!namespace) return true
  return selector.matches(labelsOfNamespace(namespace, attributes))
}

function labelsOfNamespace(name: string, { context }: AdmissionAttributes): Labels | undefined {
  const found = context.objects.known(Namespaces, { name })
  if (!found) throw notFound(Namespaces, name)
  return found.metadata.labels
}

/** Whether a selector chooses the new object or the old one. An object without metadata matches an empty selector only. */
export function objectMatches(selector: Selector, ...objects: (KubeObject | undefined)[]): boolean {
  return selector.empty || objects.some((object) => object?.metadata && selector.matches(object.metadata.labels))
}
