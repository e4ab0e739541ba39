/** What a benchmark is, and what it measures with. A benchmark runs in a process of its own; see main.ts. */

export interface Benchmark {
  /** One line: what is measured. */
  summary: string
  measure(bench: Bench): Promise<void>
}

export type Unit = 's' | 'ms' | 'us' | 'MB' | '/s' | 'x'

/** What a figure should be, and what it must be; both in its unit. */
export interface Goal {
  under?: number
  over?: number
  must?: number
}

export interface Figure extends Goal {
  name: string
  unit: Unit
  /** The median of the samples. */
  value: number
  samples: number[]
}

export interface Bench {
  /** A short run: fewer repetitions and smaller sizes, for trying out. */
  readonly quick: boolean
  /** Runs one repetition `times` times (in a quick run at most twice), and reports each result. */
  repeat<T>(what: string, times: number, once: (round: number) => Promise<T>): Promise<T[]>
  /** Reports a result. */
  figure(name: string, unit: Unit, samples: number[], goal?: Goal): void
  /** Reports the median of one field of many results. */
  figures<K extends string>(results: Record<K, number>[], table: Partial<Record<K, [string, Unit, Goal?]>>): void
  note(text: string): void
  /** Runs when the benchmark ends, whichever way, the last one first. */
  finally(cleanUp: () => unknown): void
}

export function median(samples: number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 ? Number(sorted[middle]) : (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2
}

/** 'goal' reached, only 'must', or 'missed'; undefined where there is no goal. */
export function verdictOf({ value, under, over, must }: Figure): 'goal' | 'must' | 'missed' | undefined {
  if (under !== undefined) return value < under ? 'goal' : must !== undefined && value < must ? 'must' : 'missed'
  if (over !== undefined) return value > over ? 'goal' : must !== undefined && value > must ? 'must' : 'missed'
  return undefined
}

/** Three digits that count: 0.0123 s is shown as 12.3 ms. */
export function format(value: number, unit: Unit): string {
  if (unit === 's' && value < 1) return format(value * 1000, 'ms')
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  const number = value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
  return unit === '/s' || unit === 'x' ? `${number}${unit === 'x' ? ' x' : unit}` : `${number} ${unit}`
}

export const seconds = (since: number): number => (performance.now() - since) / 1000

/** Asks until it gets an answer. @throws when there is none within `timeoutMs` */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  { everyMs = 2, timeoutMs = 60_000 } = {},
): Promise<NonNullable<T>> {
  for (const begun = performance.now(); performance.now() - begun < timeoutMs; ) {
    const answer = await ask()
    if (answer) return answer
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s`)
}
