import { compareElements, type Element, readElement, self } from './element.ts'

/**
 * A set of fields, in the form of FieldsV1: a tree of elements. A node that is empty, or that has `.`, is a member of the
 * set; every other is only on the way to members. The root is none; an empty root is the empty set. Never changed: the
 * operations share what stays the same, and answer their first operand itself where it is the result.
 */
export interface FieldSet {
  readonly [element: Element]: FieldSet
}

/** A member without anything below it; and the empty set. */
export const leaf: FieldSet = Object.freeze({})

export function isEmpty(set: object): boolean {
  for (const _ in set) return false
  return true
}

/** Whether a node is a field of the set itself. */
export const isMember = (node: FieldSet): boolean => node[self] !== undefined || isEmpty(node)

/** A node of these children, in order; undefined where it would hold nothing. */
export function node(isItself: boolean, children: Record<Element, FieldSet>): FieldSet | undefined {
  if (isEmpty(children)) return isItself ? leaf : undefined
  return sorted(isItself ? { [self]: leaf, ...children } : children)
}

/** Writes that made their objects in order are not sorted again. */
function sorted(children: Record<Element, FieldSet>): FieldSet {
  let last = ''
  let inOrder = true
  for (const element in children) {
    if (last !== '' && isAfter(last, element)) inOrder = false
    last = element
  }
  if (inOrder) return children
  return Object.fromEntries(Object.entries(children).sort(([a], [b]) => compareElements(a, b)))
}

/** Most elements are names, whose order is that of their texts. */
const isAfter = (a: Element, b: Element): boolean =>
  a.charCodeAt(0) === name && b.charCodeAt(0) === name ? a > b : compareElements(a, b) > 0
const name = 0x66

/** The fields of either set. */
export function union(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet {
  if (!a || !b || a === b) return a ?? b ?? leaf
  if (isEmpty(a)) return b
  return unionOf(a, b, false)
}

function unionOf(a: FieldSet, b: FieldSet, isNode: boolean): FieldSet {
  if (a === b) return a
  let result: Record<Element, FieldSet> | undefined
  for (const element in b) {
    if (element === self) continue
    const [left, right] = [a[element], b[element] as FieldSet]
    const both = left ? unionOf(left, right, true) : right
    if (both === left) continue
    result ??= { ...a }
    result[element] = both
  }
  if (!isNode) return result ? sorted(result) : a
  const itself = isMember(a) || isMember(b)
  if (itself && !a[self] && (result || !isEmpty(a))) {
    result ??= { ...a }
    result[self] = leaf
  }
  return result ? sorted(result) : a
}

/** The fields of `a` that are not in `b`. A field goes alone: what is in it stays. */
export const difference = (a: FieldSet, b: FieldSet | undefined): FieldSet =>
  b ? (minus(a, b, false, false) ?? leaf) : a

/** The fields of `a` that are not in `b`, nor in a field of `b`. */
export const without = (a: FieldSet, b: FieldSet | undefined): FieldSet => (b ? (minus(a, b, false, true) ?? leaf) : a)

function minus(a: FieldSet, b: FieldSet, isNode: boolean, recursive: boolean): FieldSet | undefined {
  const takesItself = isNode && isMember(b)
  if (takesItself && recursive) return undefined
  let result: Record<Element, FieldSet> | undefined
  const itself = isNode && isMember(a)
  if (takesItself && a[self]) {
    result = { ...a }
    delete result[self]
  }
  for (const element in b) {
    const child = element === self ? undefined : a[element]
    if (!child) continue
    const left = minus(child, b[element] as FieldSet, true, recursive)
    if (left === child) continue
    result ??= { ...a }
    if (left) result[element] = left
    else delete result[element]
  }
  if (!result) return takesItself && isEmpty(a) ? undefined : a
  // What lost all below it, and was a member, is one still.
  return node(itself && !takesItself, withoutSelf(result))
}

function withoutSelf(children: Record<Element, FieldSet>): Record<Element, FieldSet> {
  if (!children[self]) return children
  const { [self]: _, ...rest } = children
  return rest
}

/** The fields that are in both. */
export const intersection = (a: FieldSet, b: FieldSet | undefined): FieldSet =>
  b ? (common(a, b, false) ?? leaf) : leaf

function common(a: FieldSet, b: FieldSet, isNode: boolean): FieldSet | undefined {
  const children: Record<Element, FieldSet> = {}
  for (const element in a) {
    const other = element === self ? undefined : b[element]
    const both = other && common(a[element] as FieldSet, other, true)
    if (both) children[element] = both
  }
  return node(isNode && isMember(a) && isMember(b), children)
}

/** Whether the set has the field itself at a path. */
export function has(set: FieldSet, path: readonly Element[]): boolean {
  const found = path.reduce<FieldSet | undefined>((at, element) => at?.[element], set)
  return found !== undefined && path.length > 0 && isMember(found)
}

/** The set of these fields. */
export const setOf = (...paths: readonly (readonly Element[])[]): FieldSet =>
  paths.reduce<FieldSet>(
    (set, path) =>
      union(
        set,
        path.reduceRight<FieldSet>((inner, element) => ({ [element]: inner }), leaf),
      ),
    leaf,
  )

/** The paths of all fields: on each level members first, as upstream lists conflicts. */
export function* pathsOf(set: FieldSet, prefix: readonly Element[] = []): Generator<readonly Element[]> {
  for (const element in set) {
    if (element !== self && isMember(set[element] as FieldSet)) yield [...prefix, element]
  }
  for (const element in set) if (element !== self) yield* pathsOf(set[element] as FieldSet, [...prefix, element])
}

/**
 * FieldsV1 as a client has written it, as a set.
 * @throws Error that says what is wrong with it
 */
export function readFields(value: unknown): FieldSet {
  return readNode(value, false) ?? leaf
}

function readNode(value: unknown, isNode: boolean): FieldSet | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('expected an object')
  if (isEmpty(value)) return isNode ? leaf : undefined
  const children: Record<Element, FieldSet> = {}
  let itself = false
  for (const [text, inner] of Object.entries(value)) {
    if (text === self) {
      itself = isNode
      continue
    }
    const element = readElement(text)
    const child = element === undefined ? undefined : readNode(inner, true)
    if (element !== undefined && child) children[element] = child
  }
  return node(itself, children)
}
