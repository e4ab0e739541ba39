import { celTypes, compile, environment } from '../src/api/machinery/cel/index.ts'
import { loadRegexEngine } from '../src/api/machinery/regex/regex.ts'
import type { Bench, Benchmark } from './harness.ts'

/** Evaluations of rules as CRDs have them, on one core. */
export const benchmark: Benchmark = {
  summary: 'evaluations of a typical validation rule in CEL per second of processor time, and its compilation',
  async measure(bench) {
    await loadRegexEngine()
    const results = await bench.repeat('CEL', 9, async () => ({
      typical: rateOf(bench, rules.typical),
      loop: rateOf(bench, rules.loop),
      text: rateOf(bench, rules.text),
      compile: compileRate(bench),
    }))
    bench.figures(results, {
      typical: ['evaluations of a typical rule', '/s', { over: 1_000_000 }],
      loop: ['rule with a loop over 5 items', '/s'],
      text: ['rule with a pattern and a map', '/s'],
      compile: ['compilations of the typical rule', '/s'],
    })
  },
}

const { objectOf, int, string, listOf, mapOf } = celTypes
const scaled = objectOf('Scaled', {
  minReplicas: int,
  maxReplicas: int,
  replicas: int,
  mode: string,
  labels: mapOf(string, string),
  ports: listOf(objectOf('Port', { name: string, number: int })),
})
const env = environment({ self: scaled, oldSelf: scaled })

const rules = {
  typical:
    "self.minReplicas <= self.replicas && self.replicas <= self.maxReplicas && (self.mode in ['Auto', 'Manual'] || !has(self.labels))",
  loop: "self.ports.all(p, p.number > 0 && p.number < 65536 && p.name != '')",
  text: "self.mode.matches('^[A-Z][a-z]+$') && 'app' in self.labels && self.labels['app'].startsWith('web')",
} as const

const self = {
  minReplicas: 1,
  maxReplicas: 9,
  replicas: 3,
  mode: 'Auto',
  labels: { app: 'web-1' },
  ports: ['a', 'b', 'c', 'd', 'e'].map((name, i) => ({ name, number: 8080 + i })),
}

function rateOf({ quick }: Bench, rule: string): number {
  const compiled = compile(rule, env)
  if ('failure' in compiled) throw new Error(compiled.failure.message)
  const { program } = compiled
  const variables = [self, self]
  return rate(quick ? 100_000 : 1_000_000, () => {
    if (program.evaluate(variables) !== true) throw new Error('the rule does not hold')
  })
}

const compileRate = ({ quick }: Bench): number => rate(quick ? 1000 : 20_000, () => compile(rules.typical, env))

/** How often something can be done in a second of processor time, once it is warm. */
function rate(times: number, act: () => unknown): number {
  for (let n = 0; n < times / 10; n++) act()
  const before = process.cpuUsage()
  for (let n = 0; n < times; n++) act()
  const { user, system } = process.cpuUsage(before)
  return (times / (user + system)) * 1_000_000
}
