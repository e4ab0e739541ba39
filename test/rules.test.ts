import { afterAll, beforeAll, expect, test } from 'vitest'
import { Deployments } from '../src/api/apps/v1/index.ts'
import type { ResourceType } from '../src/api/machinery/schema/package.ts'
import type { KubeObject } from '../src/api/object.ts'
import { tables, unfinished } from './rules/index.ts'
import { changed, put, type Table } from './rules/rule.ts'
import { deprecatedKinds, otherWarningTables } from './rules/warnings/others.ts'
import { podWarningTables } from './rules/warnings/pods.ts'
import type { WarningTable } from './rules/warnings/table.ts'
import { startWorld, type World } from './rules/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const name = ({ resource, write = 'create' }: Table) => `${resource.apiVersion} ${resource.kind}, ${write}`

test.for(tables.map((table): [string, Table] => [name(table), table]))('%s', async ([, table]) => {
  expect(await world.check(table)).toEqual([])
})

const warningTables = [...podWarningTables, ...otherWarningTables]

test.for(warningTables.map((table): [string, WarningTable] => [table.resource.kind, table]))(
  'warnings, %s',
  async ([, { resource, base, cases }]) => {
    expect(await world.warnings(resource, base)).toEqual([])
    for (const { change, warnings } of cases)
      expect(await world.warnings(resource, changed(base, change))).toEqual(warnings)
  },
)

test('an update warns of a template when something of the spec changes', async () => {
  const spec = { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } } } }
  const old = changed(
    { metadata: { name: 'd' }, spec } as KubeObject,
    put({
      'spec.template.spec': { containers: [{ name: 'c', image: 'i' }], imagePullSecrets: [{}] },
    }),
  )
  const updated = (path: string, value: unknown) =>
    world.warnings(Deployments, changed(old, put({ [path]: value })), old)
  expect(await updated('metadata.labels', { a: 'b' })).toEqual([])
  expect(await updated('spec.replicas', 3)).toEqual([
    'spec.template.spec.imagePullSecrets[0].name: invalid empty name ""',
  ])
})

test.for(deprecatedKinds.map(([resource, text]): [string, ResourceType, string] => [resource.kind, resource, text]))(
  'every answer warns of %s',
  async ([, { group, version, resource }, text]) => {
    const heard: string[] = []
    const warn = (warning: string) => void heard.push(warning)
    const user = { name: 'admin', groups: ['system:masters'] }
    await world.server.call({ verb: 'list', group, version, resource, user, options: {}, warn })
    expect(heard).toEqual([text])
  },
)

test('the tables say what they leave out', async () => {
  const rules = tables.reduce((sum, table) => sum + table.rules.length, 0)
  const warnings = warningTables.reduce((sum, { cases }) => sum + cases.length, 0) + deprecatedKinds.length
  const uncovered = tables.flatMap((table) => (table.uncovered ?? []).map((rule) => ({ table: name(table), ...rule })))
  console.log(
    `${rules + uncovered.length} rules, ${rules} covered, ${uncovered.length} not covered; ${warnings} warnings`,
  )
  for (const { table, path, rule, why } of uncovered) console.log(`  ${table}: ${path}: ${rule} (${why})`)
  for (const table of unfinished)
    console.log(`  ${name(table)}: ${(await world.check(table)).length} rules do not hold yet`)
  expect(uncovered.every(({ why }) => why !== '')).toBe(true)
})
