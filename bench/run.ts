/** One benchmark in this process: `node bench/run.ts <name>`; reports to its parent, see main.ts. */
import { benchmarks } from './benchmarks.ts'
import { type Bench, type Figure, format, median } from './harness.ts'

export type Message = { figure: Figure } | { note: string }

const send = (message: Message) => process.send?.(message)
const cleanUps: (() => unknown)[] = []

async function cleanUp(): Promise<void> {
  for (let next = cleanUps.pop(); next; next = cleanUps.pop()) await next()
}

const quick = process.argv.includes('--quick')
const bench: Bench = {
  quick,
  async repeat(what, times, once) {
    const count = quick ? Math.min(times, 2) : times
    const results = []
    for (let round = 0; round < count; round++) {
      const begun = performance.now()
      results.push(await once(round))
      bench.note(`${what} ${round + 1}/${count}: ${format((performance.now() - begun) / 1000, 's')}`)
    }
    return results
  },
  figure(name, unit, samples, goal = {}) {
    send({ figure: { name, unit, value: median(samples), samples, ...goal } })
  },
  figures(results, table) {
    for (const key of Object.keys(table) as (keyof typeof table)[]) {
      const [name, unit, goal] = table[key] ?? []
      if (!name || !unit) continue
      bench.figure(name, unit, results.map((result) => result[key]).filter(Number.isFinite), goal)
    }
  },
  note: (text) => void send({ note: text }),
  finally: (cleanUp) => void cleanUps.push(cleanUp),
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)))
process.once('disconnect', () => void cleanUp().finally(() => process.exit(1)))

const load = benchmarks[process.argv[2] ?? '']
if (!load) throw new Error(`no benchmark ${process.argv[2]}`)
try {
  await (await load()).benchmark.measure(bench)
} finally {
  await cleanUp()
}
process.exit(0)
