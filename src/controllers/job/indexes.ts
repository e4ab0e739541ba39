/** An immutable set of completion indexes, kept as ranges: a hundred thousand indexes are mostly one range. */
export class Indexes {
  readonly #ranges: readonly Range[]

  constructor(ranges: readonly Range[] = []) {
    this.#ranges = ranges
  }

  /** Parses `1,3-5,7`; skips indexes from `completions` on and unreadable parts. */
  static parse(text: string | undefined, completions: number): Indexes {
    const ranges = (text ?? '').split(',').flatMap((part): Range[] => {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part)
      if (!match) return []
      const first = Number(match[1])
      const last = Math.min(Number(match[2] ?? first), completions - 1)
      return first <= last ? [[first, last]] : []
    })
    return new Indexes(joined(ranges))
  }

  has(index: number): boolean {
    let low = 0
    for (let high = this.#ranges.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((this.#ranges[middle]?.[1] ?? 0) < index) low = middle + 1
      else high = middle
    }
    const range = this.#ranges[low]
    return range !== undefined && range[0] <= index
  }

  with(more: readonly number[]): Indexes {
    if (more.length === 0) return this
    return new Indexes(joined([...this.#ranges, ...more.map((index): Range => [index, index])]))
  }

  get size(): number {
    return this.#ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  }

  /** How many indexes are also in `others`. */
  sharedWith(others: Indexes): number {
    let shared = 0
    for (const [first, last] of this.#ranges)
      for (const [from, to] of others.#ranges) shared += Math.max(0, Math.min(last, to) - Math.max(first, from) + 1)
    return shared
  }

  /** `1,3-5,7,8`: two neighbours are not written as a range. */
  toString(): string {
    return this.#ranges
      .map(([first, last]) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`))
      .join(',')
  }
}

/** First and last. */
type Range = readonly [number, number]

function joined(ranges: readonly Range[]): Range[] {
  const result: [number, number][] = []
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = result.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else result.push([first, last])
  }
  return result
}
