/** What a metric is called, and what it says. */
interface Description {
  name: string
  help: string
}

/** A family of samples in the Prometheus text format. Only a scrape computes anything. */
export interface Family extends Description {
  type: 'counter' | 'gauge' | 'histogram'
  /** The lines of the samples. */
  lines(): string[]
}

/** One counter or gauge: the code that counts holds it, so that a count is one addition. */
export interface Sample {
  value: number
}

/** Counters or gauges that differ in the values of their labels. */
export interface Samples extends Family {
  /** The sample with these values, in the order of the labels' names. The same values give the same sample. */
  of(...values: string[]): Sample
}

export interface Histograms extends Family {
  of(...values: string[]): Histogram
}

/** A distribution: how many observations are at most each bound. */
export interface Histogram {
  observe(value: number): void
}

export const counters = (name: string, help: string, ...labels: string[]): Samples =>
  samples('counter', { name, help }, labels)

export const gauges = (name: string, help: string, ...labels: string[]): Samples =>
  samples('gauge', { name, help }, labels)

function samples(type: 'counter' | 'gauge', about: Description, labels: string[]): Samples {
  const { all, of } = children(labels, () => ({ value: 0 }))
  return { ...about, type, of, lines: () => [...all].map(([text, { value }]) => line(about.name, text, value)) }
}

/** A gauge that is read when it is scraped: pairs of label values and a number. */
export const readings = (
  name: string,
  help: string,
  labels: string[],
  read: () => Iterable<readonly [values: string[], value: number]>,
  type: 'gauge' | 'counter' = 'gauge',
): Family => ({
  name,
  help,
  type,
  lines: () => [...read()].map(([values, value]) => line(name, labelText(labels, values), value)),
})

/** `bounds`: upper bounds of the buckets, ascending. */
export function histograms(name: string, help: string, bounds: readonly number[], ...labels: string[]): Histograms {
  const { all, of } = children(labels, () => new Buckets(bounds))
  return {
    name,
    help,
    type: 'histogram',
    of,
    lines: () => [...all].flatMap(([text, histogram]) => histogram.lines(name, text)),
  }
}

class Buckets implements Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    this.#sum += value
    const bounds = this.#bounds
    let i = 0
    while (i < bounds.length && value > (bounds[i] ?? 0)) i++
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
  }

  lines(name: string, labels: string): string[] {
    let below = 0
    if (this.#counts.every((count) => count === 0)) return []
    const buckets = this.#counts.map((count, i) => {
      below += count
      return line(`${name}_bucket`, [labels, `le="${this.#bounds[i] ?? '+Inf'}"`].filter(Boolean).join(','), below)
    })
    return [...buckets, line(`${name}_sum`, labels, this.#sum), line(`${name}_count`, labels, below)]
  }
}

function children<T>(labels: string[], make: () => T): { all: Map<string, T>; of: (...values: string[]) => T } {
  const all = new Map<string, T>()
  return {
    all,
    of(...values) {
      const text = labelText(labels, values)
      let child = all.get(text)
      if (!child) {
        child = make()
        all.set(text, child)
      }
      return child
    },
  }
}

const labelText = (names: readonly string[], values: readonly string[]): string =>
  names.map((name, i) => `${name}="${escaped(values[i] ?? '')}"`).join(',')

const escaped = (value: string): string =>
  /["\\\n]/.test(value) ? value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n') : value

const line = (name: string, labels: string, value: number): string =>
  labels ? `${name}{${labels}} ${value}` : `${name} ${value}`

/** The Prometheus text format of families; those without samples are left out. */
export function exposition(families: Iterable<Family>): string {
  const lines: string[] = []
  for (const { name, help, type, lines: samplesOf } of families) {
    const own = samplesOf()
    if (own.length > 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...own)
  }
  return `${lines.join('\n')}\n`
}
