import type { Field, Message, Type } from './schema.ts'

/**
 * Declares the defaults of a type that depend on other fields: `fill` changes the object it gets, after fields with a
 * constant default (`.default(...)`) have it. Stands below the type.
 */
export function defaults<T>(type: Message<T>, fill: (object: T) => void): void {
  declared.set(type, fill as Filler)
}

/**
 * Fills in what upstream fills in when an object is read from a client: first the constants of a message, then what
 * follows from its other fields, then the messages inside it. Changes `object`, which must be the caller's own (as
 * `decode` answers it), and answers it. Doing it again changes nothing.
 */
export function applyDefaults<T>(type: Message<T>, object: T): T {
  fillerOf(type)?.(object as Loose)
  return object
}

type Loose = Record<string, unknown>
type Filler = (object: Loose) => void

const declared = new WeakMap<Message, Filler>()
const fillers = new WeakMap<Message, Filler | undefined>()

/** Undefined where a type has no defaults, so that the walk skips whole subtrees. */
function fillerOf(message: Message): Filler | undefined {
  if (fillers.has(message)) return fillers.get(message)
  /** A type inside itself: whatever it has is found on the way out. None has defaults at present. */
  fillers.set(message, undefined)
  const fields = Object.entries(message.fields)
  const constants = fields.flatMap(([name, field]) => constantFiller(name, field) ?? [])
  const nested = fields.flatMap(([name, field]) => nestedFiller(name, field) ?? [])
  const { structure } = message
  const own = declared.get(message)
  const structural: Filler[] = structure ? [(object) => void structure.fill(object)] : []
  const steps = [...constants, ...(own ? [own] : []), ...nested, ...structural]
  const filler =
    steps.length === 0
      ? undefined
      : (object: Loose) => {
          for (const step of steps) step(object)
        }
  fillers.set(message, filler)
  return filler
}

function constantFiller(name: string, field: Field): Filler | undefined {
  const { defaultValue, isExplicit } = field
  if (defaultValue === undefined) return undefined
  const isFlat = typeof defaultValue !== 'object'
  const isAbsent = isExplicit
    ? (value: unknown) => value === undefined
    : (value: unknown) => value === undefined || value === '' || value === 0
  return (object) => {
    if (isAbsent(object[name])) object[name] = isFlat ? defaultValue : copyOf(defaultValue)
  }
}

/** A default is JSON, and small: a copy by hand is cheaper than a structured clone. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  const copy: Loose = {}
  for (const [name, member] of Object.entries(value)) copy[name] = copyOf(member)
  return copy
}

function nestedFiller(name: string, { type }: Field): Filler | undefined {
  const fill = typeFiller(type)
  if (!fill) return undefined
  return (object) => {
    const value = object[name]
    if (value !== undefined && value !== null) fill(value)
  }
}

function typeFiller(type: Type): ((value: unknown) => void) | undefined {
  if (type.kind === 'scalar') return undefined
  if (type.kind === 'message') return fillerOf(type) as ((value: unknown) => void) | undefined
  const fill = typeFiller(type.kind === 'list' ? type.items : type.values)
  if (!fill) return undefined
  return (value) => {
    for (const item of Array.isArray(value) ? value : Object.values(value as Loose)) fill(item)
  }
}
