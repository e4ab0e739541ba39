import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('what a browser loads of k8ts/testing uses no Node built-ins', async () => {
  const { metafile } = await build({
    entryPoints: [join(import.meta.dirname, '../index.ts')],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    outdir: 'nowhere',
    write: false,
    metafile: true,
    external: ['node:*', 'lmdb'],
    logLevel: 'silent',
  })
  const { outputs } = metafile
  const loaded = new Set<string>()
  const builtins: string[] = []
  const load = (file: string) => {
    if (loaded.has(file)) return
    loaded.add(file)
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind !== 'import-statement') continue
      if (external) builtins.push(path)
      else load(path)
    }
  }
  load(Object.keys(outputs).find((file) => outputs[file]?.entryPoint?.endsWith('testing/index.ts')) ?? '')
  expect(loaded.size).toBeGreaterThan(1)
  expect(builtins).toEqual([])
})
