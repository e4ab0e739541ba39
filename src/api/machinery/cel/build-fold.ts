import type { Fold, FoldMacro } from './ast.ts'
import { costs } from './cost.ts'
import { isMap, keysOfMap, valueAt } from './equality.ts'
import { EvaluationError, noSuchOverload } from './errors.ts'
import type { Frame, Step } from './frame.ts'
import { insert } from './insert.ts'
import type { Scope } from './scope.ts'
import { CelMap } from './values.ts'

/** The step of a macro that goes through a list or a map. */
export function buildFold(expr: Fold, scope: Scope): Step {
  const depth = scope.locals.length
  const inner = { ...scope, locals: [...scope.locals, ...expr.variables] }
  const parts: Parts = {
    condition: expr.condition && scope.build(expr.condition, inner),
    transform: expr.transform && scope.build(expr.transform, inner),
    depth,
  }
  const range = scope.build(expr.range, scope)
  const isPair = expr.variables.length === 2
  const begin = accumulators[expr.macro]
  const { base, each } = overheads[expr.macro]
  return (frame) => {
    const elements = range(frame)
    frame.spend(base)
    const accumulator = begin(frame, parts)
    const { locals } = frame
    if (Array.isArray(elements)) {
      for (let i = 0; i < elements.length; i++) {
        frame.spend(each)
        if (isPair) locals[depth] = i
        locals[isPair ? depth + 1 : depth] = elements[i]
        if (accumulator.add()) break
      }
    } else if (isMap(elements)) {
      for (const key of keysOfMap(elements)) {
        frame.spend(each)
        locals[depth] = key
        if (isPair) locals[depth + 1] = valueAt(elements, key)
        if (accumulator.add()) break
      }
    } else throw noSuchOverload()
    return accumulator.result()
  }
}

interface Parts {
  readonly condition: Step | undefined
  readonly transform: Step | undefined
  readonly depth: number
}

interface Accumulator {
  /** Looks at the element that the variables hold. True ends the loop. */
  add(): boolean
  result(): unknown
}

/** What upstream's expansions of the macros cost besides their parts: once, and for each element. */
const overheads: Readonly<Record<FoldMacro, { base: number; each: number }>> = {
  all: { base: 1, each: 3 },
  exists: { base: 1, each: 4 },
  existsOne: { base: 2, each: 1 },
  map: { base: costs.list + 1, each: 1 },
  filter: { base: costs.list + 1, each: 1 },
  transformList: { base: costs.list + 1, each: 1 },
  transformMap: { base: costs.map + 1, each: 1 },
  transformMapEntry: { base: costs.map + 1, each: 1 },
}

/** What it costs to add to the list or the map that is being made. */
const adding = costs.list + 1
const inserting = 2

const accumulators: Readonly<Record<FoldMacro, (frame: Frame, parts: Parts) => Accumulator>> = {
  all: (frame, parts) => deciding(frame, parts, false),
  exists: (frame, parts) => deciding(frame, parts, true),
  existsOne(frame, parts) {
    let count = 0
    return {
      add() {
        if (holds(frame, parts)) count++
        return false
      },
      result: () => count === 1,
    }
  },
  map: listing,
  transformList: listing,
  filter(frame, parts) {
    const list: unknown[] = []
    return {
      add() {
        const element = frame.locals[parts.depth]
        if (!holds(frame, parts)) return false
        frame.spend(adding + 1)
        list.push(element)
        return false
      },
      result: () => list,
    }
  },
  transformMap(frame, parts) {
    const map = new CelMap()
    return {
      add() {
        const key = frame.locals[parts.depth]
        if (!holds(frame, parts)) return false
        frame.spend(inserting)
        insert(map, key, parts.transform?.(frame))
        return false
      },
      result: () => map,
    }
  },
  transformMapEntry(frame, parts) {
    const map = new CelMap()
    return {
      add() {
        if (!holds(frame, parts)) return false
        const entries = parts.transform?.(frame)
        if (!isMap(entries)) throw noSuchOverload()
        frame.spend(inserting)
        for (const key of keysOfMap(entries)) insert(map, key, valueAt(entries, key))
        return false
      },
      result: () => map,
    }
  },
}

function listing(frame: Frame, parts: Parts): Accumulator {
  const list: unknown[] = []
  return {
    add() {
      if (!holds(frame, parts)) return false
      frame.spend(adding)
      list.push(parts.transform?.(frame))
      return false
    },
    result: () => list,
  }
}

function holds(frame: Frame, { condition }: Parts): boolean {
  const value = condition ? condition(frame) : true
  if (typeof value !== 'boolean') throw noSuchOverload()
  return value
}

/** all and exists: an element that decides does so even where others are errors. */
function deciding(frame: Frame, parts: Parts, value: boolean): Accumulator {
  let error: unknown
  let decided = false
  return {
    add() {
      try {
        decided = holds(frame, parts) === value
      } catch (thrown) {
        if (!(thrown instanceof EvaluationError)) throw thrown
        error ??= thrown
      }
      return decided
    },
    result() {
      if (decided) return value
      if (error) throw error
      return !value
    },
  }
}
