import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject } from '../../api/object.ts'
import type { AdmissionAttributes } from '../definition.ts'

/** The object of a write of this kind and operation, unless it is one of a subresource. */
export function created<T extends KubeObject>(attributes: AdmissionAttributes, type: ResourceType<T>): T | undefined {
  const { operation, definition, subresource, object } = attributes
  const mine = operation === 'CREATE' && !subresource && definition.type === (type as ResourceType)
  return mine ? (object as T | undefined) : undefined
}

/** As `created`, for the new object of an update of the object itself or of `subresource`. */
export function updated<T extends KubeObject>(
  attributes: AdmissionAttributes,
  type: ResourceType<T>,
  subresource?: string,
): T | undefined {
  const { operation, definition, object } = attributes
  const mine = operation === 'UPDATE' && definition.type === (type as ResourceType)
  return mine && attributes.subresource === subresource ? (object as T | undefined) : undefined
}

/** A pod that a node agent runs from a file and only mirrors here. */
export const isMirror = (pod: KubeObject): boolean =>
  pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined
