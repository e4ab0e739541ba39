import { type CelType, dyn, paramOf, sameType } from './types.ts'

type Bindings = ReadonlyMap<number, CelType>

/** Types whose values may be null, too. */
const nullable = new Set(['null', 'opaque', 'optional', 'object', 'duration', 'timestamp'])

/** Finds the types that parameters stand for, as it sees what is assigned to what. */
export class Unifier {
  #bindings = new Map<number, CelType>()
  #next = 0

  /** A copy of a declaration's types with parameters of their own. */
  fresh(types: readonly CelType[]): CelType[] {
    const ids = new Map<string, CelType>()
    const copy = (type: CelType): CelType => {
      if (type.kind === 'param') {
        let own = ids.get(type.name ?? '')
        if (!own) {
          own = this.parameter()
          ids.set(type.name ?? '', own)
        }
        return own
      }
      return type.params ? { ...type, params: type.params.map(copy) } : type
    }
    return types.map(copy)
  }

  parameter(): CelType {
    return { kind: 'param', name: `_var${this.#next}`, id: this.#next++ }
  }

  /** Whether values of the types `given` may stand where `wanted` are expected. Remembers what follows, if so. */
  assignable(wanted: readonly CelType[], given: readonly CelType[]): boolean {
    if (wanted.length !== given.length) return false
    const bindings = new Map(this.#bindings)
    if (!wanted.every((type, i) => assign(bindings, type, given[i] ?? dyn))) return false
    this.#bindings = bindings
    return true
  }

  /** The type with all that is known of its parameters; those that are open are dyn if `close` says so. */
  resolve(type: CelType, close = false): CelType {
    if (type.kind === 'param') {
      const bound = type.id === undefined ? undefined : this.#bindings.get(type.id)
      return bound ? this.resolve(bound, close) : close ? dyn : type
    }
    if (!type.params) return type
    const params = type.params.map((inner) => this.resolve(inner, close))
    return params.every((inner, i) => inner === type.params?.[i]) ? type : { ...type, params }
  }
}

function assign(bindings: Map<number, CelType>, wanted: CelType, given: CelType): boolean {
  const a = deref(bindings, wanted)
  const b = deref(bindings, given)
  if (a.kind === 'param' && b.kind === 'param' && a.id === b.id) return true
  if (b.kind === 'param') return bind(bindings, b, wanted, a)
  if (a.kind === 'param') return bind(bindings, a, given, b)
  // A parameter may become more general: what was an int is dyn, after a dyn.
  const compatible = assignKnown(bindings, a, b)
  if (compatible && wanted.kind === 'param' && isMoreGeneral(b, a)) rebind(bindings, wanted, b)
  return compatible
}

function assignKnown(bindings: Map<number, CelType>, a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn' || b.kind === 'dyn') return true
  if (a.kind === 'null') return nullable.has(b.kind)
  if (b.kind === 'null') return nullable.has(a.kind)
  if (a.kind !== b.kind || a.name !== b.name) return false
  if (a.kind === 'type' || !a.params) return true
  return a.params.every((inner, i) => assign(bindings, inner, paramOf(b, i)))
}

const deref = (bindings: Bindings, type: CelType): CelType => {
  let found = type
  while (found.kind === 'param' && found.id !== undefined) {
    const bound = bindings.get(found.id)
    if (!bound) break
    found = bound
  }
  return found
}

function bind(bindings: Map<number, CelType>, parameter: CelType, other: CelType, target: CelType): boolean {
  if (parameter.id === undefined || occurs(bindings, parameter, target)) return false
  bindings.set(parameter.id, other.kind === 'param' ? target : other)
  return true
}

function rebind(bindings: Map<number, CelType>, wanted: CelType, general: CelType): void {
  let { id } = wanted
  for (;;) {
    const bound = id === undefined ? undefined : bindings.get(id)
    if (bound?.kind !== 'param') break
    id = bound.id
  }
  if (id !== undefined) bindings.set(id, general)
}

function occurs(bindings: Bindings, parameter: CelType, type: CelType): boolean {
  const found = deref(bindings, type)
  if (found.kind === 'param') return found.id === parameter.id
  return found.params?.some((inner) => occurs(bindings, parameter, inner)) ?? false
}

/** Whether `a` says less than `b`: dyn in the place of anything. */
export function isMoreGeneral(a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn') return b.kind !== 'dyn'
  // Null joins the types that take it.
  if (b.kind === 'null') return a.kind !== 'null'
  if (a.kind !== b.kind || !a.params || !b.params || sameType(a, b)) return false
  return a.params.every((inner, i) => isMoreGeneral(inner, paramOf(b, i)) || sameType(inner, paramOf(b, i)))
}
