import { perCharacter, perPatternCharacter } from './cost.ts'
import { anySize, exactly, product, type Range, sum, times, union } from './estimate-size.ts'
import type { CelType } from './types.ts'

/** A call as its estimate sees it: sizes of the arguments, the target first. */
export interface CallSizes {
  readonly sizes: readonly Range[]
  readonly types: readonly CelType[]
  /** Of the elements of the target. */
  readonly element: Range
}

/** What a call may cost besides its arguments, and how large its value may be. */
export interface CallEstimate {
  readonly cost: Range
  readonly size?: Range
}

type Estimate = (call: CallSizes) => CallEstimate

const at = ({ sizes }: CallSizes, index: number): Range => sizes[index] ?? anySize
const through = (size: Range, factor = 1): Range => times(size, factor * perCharacter)
const one = exactly(1)

const target: Estimate = (call) => ({ cost: through(at(call, 0)), size: at(call, 0) })
const traversal =
  (index: number, factor = 1): Estimate =>
  (call) => ({ cost: through(at(call, index), factor) })

const regex: Estimate = (call) => ({
  cost: product(through(sum(at(call, 0), one)), times(at(call, 1), perPatternCharacter)),
})

const finding: Estimate = (call) => ({ ...regex(call), size: { min: 0, max: at(call, 0).max } })

/** Functions that look at each element of a list, or at each character of a string. */
const elements: Estimate = (call) => {
  const [type] = call.types
  if (type?.kind !== 'list') return traversal(0)(call)
  const kind = type.params?.[0]?.kind
  const each = kind === 'string' || kind === 'bytes' ? sum(one, through(call.element)) : one
  return { cost: product(at(call, 0), each) }
}

/** Equality and order: strings are compared up to the end of the shorter one. */
const comparing: Estimate = (call) => {
  const max = Math.min(at(call, 0).max, at(call, 1).max)
  return { cost: through({ min: max > 0 ? 1 : 0, max }) }
}

const isText = ({ types }: CallSizes): boolean => types[0]?.kind === 'string' || types[0]?.kind === 'bytes'

const ordering: Estimate = (call) => (isText(call) ? comparing(call) : { cost: one })

const adding: Estimate = (call) => {
  const [type] = call.types
  if (type?.kind === 'list') return { cost: one, size: sum(at(call, 0), at(call, 1)) }
  const size = sum(at(call, 0), at(call, 1))
  return isText(call) ? { cost: through(size), size } : { cost: one }
}

const replacing: Estimate = (call) => {
  const [text, old, by] = [at(call, 0), at(call, 1), at(call, 2)]
  const longest =
    old.min === 0
      ? (text.max + 1) * by.max + text.max
      : by.max <= old.min
        ? text.max
        : Math.ceil(text.max / old.min) * by.max
  const shortest =
    old.max === 0
      ? (text.min + 1) * by.min + text.min
      : old.max <= by.min
        ? text.min
        : Math.ceil(text.min / old.max) * by.min
  return { cost: through(text, 2), size: sum({ min: shortest, max: longest }) }
}

const joining: Estimate = (call) => {
  const list = at(call, 0)
  const separators = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) }
  const between = call.sizes.length > 1 ? product(at(call, 1), separators) : exactly(0)
  const size = sum(product(list, call.element), between)
  return { cost: through(size), size }
}

const both =
  (factor: number): Estimate =>
  (call) => ({
    cost: sum(one, times(product(at(call, 0), at(call, 1)), factor)),
  })

/** A network has 4 or 16 bytes. */
const bytes: Range = { min: 4, max: 16 }
const network =
  (more: Range): Estimate =>
  (call) => ({
    cost: sum(through(bytes, 2), more, call.types[1]?.kind === 'string' ? through(at(call, 1)) : exactly(0)),
  })

const check: Estimate = () => ({ cost: exactly(350_000) })

/**
 * Upstream's estimates by name of function; all others cost 1. They are part of the API: which rules a definition may have
 * depends on them.
 */
export const estimates: Readonly<Record<string, Estimate>> = {
  check,
  isSorted: elements,
  sum: elements,
  max: elements,
  min: elements,
  indexOf: elements,
  lastIndexOf: elements,
  url: traversal(0),
  lowerAscii: target,
  upperAscii: target,
  substring: target,
  trim: target,
  replace: replacing,
  split: (call) => ({ cost: through(at(call, 0), 2), size: { min: 0, max: at(call, 0).max } }),
  join: joining,
  find: finding,
  findAll: finding,
  matches: regex,
  contains: (call) => ({ cost: product(through(at(call, 0)), through(at(call, 1))) }),
  startsWith: traversal(1),
  endsWith: traversal(1),
  format: traversal(0),
  'strings.quote': (call) => ({
    cost: through(at(call, 0)),
    size: { min: at(call, 0).min + 2, max: at(call, 0).max * 2 + 2 },
  }),
  string: (call) => (isText(call) ? target(call) : { cost: one }),
  bytes: (call) => (isText(call) ? target(call) : { cost: one }),
  'ip.isCanonical': traversal(0, 2),
  containsIP: network(exactly(0)),
  containsCIDR: network(sum(through(bytes), one)),
  'sets.contains': both(1),
  'sets.intersects': both(1),
  'sets.equivalent': both(2),
  '@in': (call) => ({ cost: call.types[1]?.kind === 'map' ? one : at(call, 1) }),
  '_==_': comparing,
  '_!=_': comparing,
  '_<_': ordering,
  '_<=_': ordering,
  '_>_': ordering,
  '_>=_': ordering,
  '_+_': adding,
  '_?_:_': (call) => ({ cost: exactly(0), size: union(at(call, 1), at(call, 2)) }),
}
