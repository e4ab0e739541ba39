import type { ResourceType } from '../api/machinery/schema/package.ts'
import { type KubeObject, keyOf, type Stored } from '../api/object.ts'
import type { InformerScope } from '../client/informers/informer.ts'
import type { Watch } from './controller.ts'
import { controllerOf } from './ownership.ts'

/** Every change of an object concerns its own key. */
export function watch<T>(resource: ResourceType<T>, scope?: InformerScope): Watch {
  return mapped(resource, (object) => [keyOf(object)], scope)
}

/** Every change of an object concerns the one that controls it, of the kind that `owner` serves. */
export function owned<T>(resource: ResourceType<T>, owner: ResourceType): Watch {
  function ownerKey(object: Stored<T>): string[] {
    const reference = controllerOf(object)
    if (!reference || reference.kind !== owner.kind || groupOf(reference.apiVersion) !== owner.group) return []
    return [keyOf({ name: reference.name, ...(owner.namespaced && { namespace: object.metadata.namespace }) })]
  }
  return mapped(resource, (object, old) => (old ? [...ownerKey(object), ...ownerKey(old)] : ownerKey(object)))
}

/** Every change concerns the keys that `keys` gives for the object; `old` is what it was before an update. */
export function mapped<T>(
  resource: ResourceType<T>,
  keys: (object: Stored<T>, old?: Stored<T>) => string[],
  scope?: InformerScope,
): Watch {
  return { resource, keys, scope } as unknown as Watch<KubeObject>
}

const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
