import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Access, mergeKubeconfig, unmergeKubeconfig, writeKubeconfig } from './kubeconfig.ts'

let dir: string
let config: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'k8ts-kubeconfig-'))
  config = join(dir, 'sub', 'config')
})
afterEach(() => rmSync(dir, { recursive: true }))

const access = (name: string): Access => ({
  name,
  server: 'https://127.0.0.1:6443',
  ca: 'CA',
  client: { cert: 'CERT', key: 'KEY' },
})
const read = () => parse(readFileSync(config, 'utf8'))

test('it is for its owner only, and complete', () => {
  writeKubeconfig(config, access('one'))
  expect(statSync(config).mode & 0o777).toBe(0o600)
  expect(read()).toMatchObject({ 'current-context': 'one', clusters: [{ name: 'one' }], users: [{ name: 'one' }] })
})

test('merging keeps what others have, and unmerging brings it back', () => {
  writeKubeconfig(config, access('theirs'))
  const before = read()
  mergeKubeconfig(config, access('ours'))
  mergeKubeconfig(config, access('ours'))
  expect(read().contexts.map((c: { name: string }) => c.name)).toEqual(['theirs', 'ours'])
  expect(read()['current-context']).toBe('ours')
  unmergeKubeconfig(config, 'ours', 'another authority')
  expect(read()['current-context']).toBe('ours')
  unmergeKubeconfig(config, 'ours', access('ours').ca)
  expect(read()).toEqual({ ...before, 'current-context': '' })
})

test('a file that is no YAML is left alone', () => {
  writeKubeconfig(config, access('x'))
  writeFileSync(config, 'clusters: [')
  expect(() => mergeKubeconfig(config, access('ours'))).toThrow(/not valid YAML.*left as it is/)
  expect(readFileSync(config, 'utf8')).toBe('clusters: [')
})

test('a link stays a link', () => {
  writeKubeconfig(config, access('real'))
  const link = join(dir, 'link')
  symlinkSync(config, link)
  mergeKubeconfig(link, access('ours'))
  expect(execFileSync('readlink', [link], { encoding: 'utf8' }).trim()).toBe(config)
  expect(read()['current-context']).toBe('ours')
})
