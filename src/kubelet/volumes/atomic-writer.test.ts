import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linuxFiles } from '../host/linux-files.ts'
import { writeAtomically } from './atomic-writer.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'k8ts-aw-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const write = (files: Record<string, string>, now = 1000) =>
  writeAtomically(
    linuxFiles,
    root,
    new Map(Object.entries(files).map(([path, text]) => [path, { data: new TextEncoder().encode(text), mode: 0o644 }])),
    ({ mode }) => ({ mode }),
    now,
  )
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const visible = () => readdirSync(root).filter((name) => !name.startsWith('..'))

test('files appear through ..data, and all change at once', async () => {
  expect(await write({ a: '1', 'sub/b': '2', 'sub/c': '3' })).toBe(true)
  expect([read('a'), read('sub/b'), read('sub/c')]).toEqual(['1', '2', '3'])
  expect(readlinkSync(join(root, 'a'))).toBe('..data/a')
  const before = readlinkSync(join(root, '..data'))
  expect(await write({ a: '1', 'sub/b': '2', 'sub/c': '3' }, 2000)).toBe(false)
  expect(readlinkSync(join(root, '..data'))).toBe(before)
  expect(await write({ a: 'x', d: '4' }, 2000)).toBe(true)
  expect(visible()).toEqual(['a', 'd'])
  expect([read('a'), read('d')]).toEqual(['x', '4'])
  expect(readdirSync(root).filter((name) => /^\.\.\d/.test(name))).toHaveLength(1)
})

test('two changes in one instant', async () => {
  await write({ a: '1' })
  await write({ a: '2' })
  expect(read('a')).toBe('2')
})

test('an empty volume works too', async () => {
  await write({ a: '1' })
  await write({}, 2000)
  expect(visible()).toEqual([])
})

test.each(['../x', '/x', 'a/../../x', '..x', ''])('refuses to write to %j', async (path) => {
  await expect(write({ [path]: '1' })).rejects.toThrow('invalid path')
})
