import type { ParamKind, ParamRef } from '../../../api/admissionregistration/v1/index.ts'
import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import { selectorOf } from '../../../api/machinery/selectors/labels.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { AdmissionAttributes } from '../../definition.ts'

/** Finds the resource of a kind that the server serves: of built-in and custom kinds. */
export type FindKind = (apiVersion: string, kind: string) => ResourceType<KubeObject> | undefined

/**
 * The parameters that a binding refers to: the policy is evaluated once for each. Null stands for none, where the policy or the
 * binding names none.
 * @throws Error in upstream's words when there are none and the binding does not allow that
 */
export function paramsFor(
  kind: ParamKind | undefined,
  ref: ParamRef | undefined,
  { context, namespace }: AdmissionAttributes,
  findKind: FindKind,
): (KubeObject | null)[] {
  if (!kind) return [null]
  const { apiVersion = '', kind: name = '' } = kind
  const resource = findKind(apiVersion, name)
  if (!resource) throw new Error(`paramKind kind \`${shown(apiVersion, name)}\` not known`)
  if (!ref) return [null]
  if (!resource.namespaced && ref.namespace)
    throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  const within = resource.namespaced ? ref.namespace || namespace : undefined
  if (resource.namespaced && !within)
    throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
  const found = objectsOf(ref, resource, within, context)
  if (found.length === 0 && ref.parameterNotFoundAction !== 'Allow')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction')
  return found.map((object) => ({ ...object, apiVersion, kind: name }))
}

function objectsOf(
  { name, selector }: ParamRef,
  resource: ResourceType<KubeObject>,
  namespace: string | undefined,
  { objects }: AdmissionAttributes['context'],
): KubeObject[] {
  if (name) {
    const object = objects.known(resource, { name, ...(namespace && { namespace }) })
    return object ? [object] : []
  }
  const chosen = selectorOf(selector ?? {})
  return objects.knownList(resource, namespace).filter(({ metadata }) => chosen.matches(metadata.labels))
}

function shown(apiVersion: string, kind: string): string {
  return `${apiVersion}, Kind=${kind}`
}
