import type { KubeObject } from '../../src/api/object.ts'

/** An object without its managed fields: for tests that compare all the rest. */
export function ownerless<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  return { ...object, metadata }
}
