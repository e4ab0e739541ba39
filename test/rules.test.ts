import { afterAll, beforeAll, expect, test } from 'vitest'
import { tables, unfinished } from './rules/index.ts'
import type { Table } from './rules/rule.ts'
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

test('the tables say what they leave out', async () => {
  const rules = tables.reduce((sum, table) => sum + table.rules.length, 0)
  const uncovered = tables.flatMap((table) => (table.uncovered ?? []).map((rule) => ({ table: name(table), ...rule })))
  console.log(`${rules + uncovered.length} rules, ${rules} covered, ${uncovered.length} not covered`)
  for (const { table, path, rule, why } of uncovered) console.log(`  ${table}: ${path}: ${rule} (${why})`)
  for (const table of unfinished)
    console.log(`  ${name(table)}: ${(await world.check(table)).length} rules do not hold yet`)
  expect(uncovered.every(({ why }) => why !== '')).toBe(true)
})
