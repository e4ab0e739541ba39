import { maxDepth, tooDeep } from './depth.ts'
import { jsonText, parseJson } from './json-text.ts'

/**
 * What JSON makes of a value: without the members that are undefined, and with a bigint for an integer beyond 2^53. The
 * same value where there are none, so that nothing is copied that need not be. `depth`: how deep the value stands in another.
 * @throws ApiError 400 when it is nested too deeply
 */
export function asJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) || !Number.isInteger(value) ? value : whole(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === maxDepth) throw tooDeep()
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const item = value[i] === undefined ? null : asJson(value[i], depth + 1)
      if (item === value[i]) continue
      copy ??= [...value]
      copy[i] = item
    }
    return copy ?? value
  }
  const object = value as Record<string, unknown>
  let copy: Record<string, unknown> | undefined
  for (const name in object) {
    const old = object[name]
    const member = asJson(old, depth + 1)
    if (member === old && old !== undefined) continue
    copy ??= { ...object }
    if (old === undefined) delete copy[name]
    else copy[name] = member
  }
  return copy ?? value
}

/** By the digits that are written of a number, which are not always its own. */
const whole = (value: number): unknown => parseJson(jsonText(value))
