import type { KubeObject } from '../../api/object.ts'
import type { ResourceDefinition } from '../definition.ts'
import type { Rule, Walker } from './rules/walk.ts'

/** What the file of a kind declares: its definition, and the rules of the messages it is made of. */
export interface Kind<T extends KubeObject = KubeObject> extends ResourceDefinition<T> {
  /** They hold wherever their messages occur, in other kinds, too. `validate` is for what concerns the whole object. */
  rules?: readonly Rule[]
}

/** The definition of a kind as the server uses it. The status of a new object is dropped, unless the kind says otherwise. */
export function definitionOf({ rules: _, ...kind }: Kind, walk: Walker): ResourceDefinition {
  return {
    ...(kind.hasStatus && { prepareForCreate: withoutStatus }),
    ...kind,
    // The server checks metadata itself, and components that write a status know what they write.
    validate: (object, old) => [
      ...walk(kind.type.type, object, '', ['metadata', 'status']),
      ...(kind.validate?.(object, old) ?? []),
    ],
  }
}

const withoutStatus = <T extends KubeObject>(object: T): T => ({ ...object, status: {} })
