import { jsonEqual } from '../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import { groupOf, keyOf, type Stored } from '../api/object.ts'
import type { InformerScope } from '../client/informers/informer.ts'
import type { Watch } from './controller.ts'
import { controllerOf } from './ownership.ts'

/** Which objects, and which of their changes, a watch reports. */
export interface WatchFilter<T> extends InformerScope {
  /**
   * Only changes for which this is true. `old` is the object before an update, undefined for an addition or deletion.
   * Default: all. `changeOf` makes one.
   */
  when?(object: Stored<T>, old?: Stored<T>): boolean
}

/** Every change of an object concerns its own key. */
export function watch<T>(resource: ResourceType<T>, options?: WatchFilter<T>): Watch {
  return mapped(resource, (object) => [keyOf(object)], options)
}

/** Every change of an object concerns its controller, of the kind that `owner` serves. */
export function owned<T>(resource: ResourceType<T>, owner: ResourceType, options?: WatchFilter<T>): Watch {
  function ownerKey(object: Stored<T>): string[] {
    const reference = controllerOf(object)
    if (!reference || reference.kind !== owner.kind || groupOf(reference) !== owner.group) return []
    return [keyOf({ name: reference.name, ...(owner.namespaced && { namespace: object.metadata.namespace }) })]
  }
  return mapped(resource, (object, old) => (old ? [...ownerKey(object), ...ownerKey(old)] : ownerKey(object)), options)
}

/** Every change concerns the keys that `keys` returns for the object; `old` is the object before an update. */
export function mapped<T>(
  resource: ResourceType<T>,
  keys: (object: Stored<T>, old?: Stored<T>) => string[],
  { when, ...scope }: WatchFilter<T> = {},
): Watch {
  return { resource, keys, scope, when } as Watch
}

/** For `when`: an update counts only if it changes the result of `part` (JSON). Additions and deletions always count. */
export function changeOf<O>(part: (object: O) => unknown): (object: O, old?: O) => boolean {
  return (object, old) => !old || !jsonEqual(part(object), part(old))
}
