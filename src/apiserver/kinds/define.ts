import type { KubeObject } from '../../api/object.ts'
import type { ResourceDefinition } from '../definition.ts'
import { validationOf } from './rules/index.ts'

/**
 * A definition of one kind as an element of the list of all: the server gives it objects of its own kind only.
 * Its rules come from `validation/`. The status of a new object is dropped, unless the kind has another idea.
 */
export function define<T extends KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition {
  const status = definition.hasStatus ? { prepareForCreate: withoutStatus } : {}
  return { ...validationOf(definition.type), ...status, ...definition } as unknown as ResourceDefinition
}

const withoutStatus = <T extends KubeObject>(object: T): T => ({ ...object, status: {} })
