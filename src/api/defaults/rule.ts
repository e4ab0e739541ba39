import type { Message } from '../machinery/schema/schema.ts'

/** What an object of a type is filled in with, where that depends on its other fields. */
export interface Rule {
  readonly type: Message
  readonly apply: (object: never) => void
}

/** A rule changes the object it is given. Fields with a constant default (`.default(...)`) are filled in before. */
export function rule<T>(type: Message<T>, apply: (object: T) => void): Rule {
  return { type, apply }
}
