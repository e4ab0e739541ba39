import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, expect, test, vi } from 'vitest'
import { define } from './types.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-types-'))
afterAll(() => rmSync(folder, { recursive: true }))

const crd = (kind: string) => `kind: CustomResourceDefinition
spec:
  group: example.com
  scope: Namespaced
  names: { kind: ${kind}, plural: ${kind.toLowerCase()}s }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]
`
const at = (name: string) => join(folder, name)
mkdirSync(at('crds'))
writeFileSync(at('backup.yaml'), crd('Backup'))
writeFileSync(at('crds/site.yaml'), crd('Site'))
writeFileSync(at('crds/web.yaml'), 'kind: ConfigMap')

/** What `k8ts types ARGS` writes. */
async function types(...args: string[]): Promise<string> {
  const written: string[] = []
  using _ = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const command = new Command('types').exitOverride()
  define(command)
  await command.parseAsync(args, { from: 'user' })
  return written.join('')
}

test('files and folders make one module', async () => {
  const text = await types(at('backup.yaml'), at('crds'))
  expect(text.match(/export const \w+/g)).toEqual(['export const Backups', 'export const Sites'])
})

test('a file is written, and left alone where it is up to date', async () => {
  const out = at('made/backup.ts')
  expect(await types(at('backup.yaml'), '-o', out)).toBe('')
  expect(readFileSync(out, 'utf8')).toContain('export interface Backup extends KubeObject')
  const { mtimeMs } = statSync(out)
  await types(at('backup.yaml'), '--out', out)
  expect(statSync(out).mtimeMs).toBe(mtimeMs)
})

test('a build learns that a file is not up to date', async () => {
  const out = at('checked.ts')
  await expect(types(at('backup.yaml'), '-o', out, '--check')).rejects.toThrow(
    `${out} is not up to date; run k8ts types ${at('backup.yaml')} -o ${out}`,
  )
  await types(at('backup.yaml'), '-o', out)
  await types(at('backup.yaml'), '-o', out, '--check')
  writeFileSync(at('backup.yaml'), crd('Copy'))
  await expect(types(at('backup.yaml'), '-o', out, '--check')).rejects.toThrow('is not up to date')
})

test.for<[string[], string]>([
  [['--check', 'x.yaml'], '--check compares with the file of --out'],
  [['crds/web.yaml'], 'crds/web.yaml: there is no CustomResourceDefinition'],
  [['nowhere.yaml'], 'nowhere.yaml: ENOENT'],
])('%s is an error', async ([args, message]) => {
  await expect(types(...args.map((arg) => (arg.endsWith('.yaml') ? at(arg) : arg)))).rejects.toThrow(message)
})
