/** `npm run bench`: measures, and compares with the goals. `npm run bench -- --help` */
import { fork } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchmarks } from './benchmarks.ts'
import { type Figure, format, seconds, verdictOf } from './harness.ts'
import type { Message } from './run.ts'

interface Result {
  name: string
  seconds: number
  figures: (Figure & { verdict?: 'goal' | 'must' | 'missed' })[]
  error?: string
}

const help = `Usage: npm run bench -- [options] [benchmark...]

  -o, --output <text|json>  how to print the results (default: text)
      --quick               fewer repetitions and smaller sizes
      --list                name the benchmarks
  -h, --help

Without names: all. start, pod-start and memory need root, containerd and Linux. Exits with 1 when a benchmark fails.
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', short: 'o', default: 'text' },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
async function runAll(names: string[]): Promise<void> {
  const date = new Date().toISOString()
  const results: Result[] = []
  for (const name of names) {
    process.stderr.write(`${name} ...\n`)
    const result = await run(name)
    results.push(result)
    process.stderr.write(`${name}: ${result.error ?? 'done'} after ${result.seconds.toFixed(1)} s\n`)
  }
  if (values.output === 'json')
    process.stdout.write(`${JSON.stringify({ date, machine: machine(), results }, null, 2)}\n`)
  else process.stdout.write(textOf(date, results))
  if (results.some(({ error }) => error)) process.exitCode = 1
}

function run(name: string): Promise<Result> {
  const begun = performance.now()
  const figures: Result['figures'] = []
  const args = [name, ...(values.quick ? ['--quick'] : [])]
  const child = fork(join(import.meta.dirname, 'run.ts'), args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  child.on('message', (message: Message) => {
    if ('note' in message) process.stderr.write(`  ${message.note}\n`)
    else {
      const verdict = verdictOf(message.figure)
      figures.push({ ...message.figure, ...(verdict && { verdict }) })
    }
  })
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  process.on('SIGTERM', forward)
  // A Ctrl-C reaches the child by itself; here it must not end the parent before the child has cleaned up.
  const stay = () => {}
  process.on('SIGINT', stay)
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('SIGTERM', forward).off('SIGINT', stay)
      const error = code === 0 ? undefined : signal ? `ended by ${signal}` : `failed with code ${code}`
      resolve({ name, seconds: seconds(begun), figures, ...(error && { error }) })
    })
  })
}

function machine() {
  const [cpu] = cpus()
  const model = cpu?.model.trim() ?? ''
  const memoryGiB = Math.round(totalmem() / 2 ** 30)
  return {
    cores: cpus().length,
    model,
    memoryGiB,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  }
}

const words = { goal: 'ok', must: 'ok, above the goal', missed: 'MISSED' }

function textOf(date: string, results: Result[]): string {
  const { cores, model, memoryGiB, node } = machine()
  const lines = [`${date}  ${cores} cores (${model}), ${memoryGiB} GiB, Node ${node}`]
  for (const { name, figures, error } of results) {
    lines.push('', `${name}${error ? ` (${error})` : ''}`)
    for (const { name, unit, value, samples, under, over, verdict } of figures) {
      const bound = under ?? over
      const goal = bound === undefined ? '' : `${under === undefined ? '>' : '<'} ${format(bound, unit)}`
      const low = format(Math.min(...samples), unit)
      const high = format(Math.max(...samples), unit)
      const range = samples.length > 1 ? `${low} to ${high}, ${samples.length} runs` : ''
      const row = `  ${name.padEnd(52)} ${format(value, unit).padStart(12)}  ${goal.padEnd(12)} ${(verdict ? words[verdict] : '').padEnd(18)} ${range}`
      lines.push(row.trimEnd())
    }
  }
  return `${lines.join('\n')}\n`
}

const unknown = positionals.find((name) => !Object.hasOwn(benchmarks, name))
if (values.help) process.stdout.write(help)
else if (unknown || !['text', 'json'].includes(values.output)) {
  process.stderr.write(unknown ? `bench: there is no benchmark "${unknown}"; see --list\n` : help)
  process.exitCode = 2
} else if (values.list) {
  for (const [name, load] of Object.entries(benchmarks))
    process.stdout.write(`${name.padEnd(14)} ${(await load()).benchmark.summary}\n`)
} else await runAll(positionals.length > 0 ? positionals : Object.keys(benchmarks))
