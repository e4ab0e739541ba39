/** Lists of the indexes of a Job, as `0-2,4`. */

/** The intervals of a list. @throws Error for what is none, in upstream's words */
export function indexIntervals(text: string, completions: number): [first: number, last: number][] {
  if (!text) return []
  const intervals = text.split(',').map((part) => interval(part, completions))
  for (const [i, [first]] of intervals.entries()) {
    const before = intervals[i - 1]?.[1]
    if (before !== undefined && before >= first)
      throw new Error(`non-increasing order, previous: ${before}, current: ${first}`)
  }
  return intervals
}

export const indexCount = (intervals: readonly [number, number][]): number =>
  intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0)

function interval(text: string, completions: number): [number, number] {
  const parts = text.split('-')
  if (parts.length > 2)
    throw new Error(
      `the fragment "${text}" violates the requirement that an index interval can have at most two parts separated by '-'`,
    )
  const [first = 0, last = first] = parts.map((part) => index(part, completions))
  if (parts.length === 2 && first >= last) throw new Error(`non-increasing order, previous: ${first}, current: ${last}`)
  return [first, last]
}

function index(text: string, completions: number): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`cannot convert string to integer for index: "${text}"`)
  if (Number(text) >= completions) throw new Error(`too large index: "${text}"`)
  return Number(text)
}
