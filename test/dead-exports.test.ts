import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { filesOf, importsOf, textOf, valuesOf } from './support/imports.ts'

/** What users import. Their exports are the package's. */
const entries = Object.values(manifest.exports).map((to) => (typeof to === 'string' ? to : to['k8ts-source'].slice(2)))
const isEntry = (file: string) => file.startsWith('src/entries/') || entries.includes(file)

/** A file of src that imports all of another may hand on all of it; a test uses what it mentions. */
const usesWhole = (from: string, name: string) =>
  (from.startsWith('src/') && !from.endsWith('.test.ts')) || new RegExp(`\\b${name}\\b`).test(textOf(from))

test('another file uses every value that a file of src exports', () => {
  const files = ['src', 'test', 'bench', 'examples'].flatMap(filesOf)
  const uses = Map.groupBy(files.flatMap(importsOf), ({ to }) => to)
  const dead = files
    .filter((file) => file.startsWith('src/') && !file.endsWith('.test.ts') && !isEntry(file))
    .flatMap((file) => {
      const imports = uses.get(file) ?? []
      const isUsed = (name: string) =>
        imports.some(({ from, names }) => (names.length === 0 ? usesWhole(from, name) : names.includes(name)))
      return valuesOf(file).flatMap((name) => (isUsed(name) ? [] : [`${file}: ${name}`]))
    })
  expect(dead).toEqual([])
})
