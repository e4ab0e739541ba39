import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** What each part may import, besides itself: the picture in ARCHITECTURE.md. */
const below: Record<string, string[]> = {
  api: [],
  store: ['api'],
  client: ['api'],
  apiserver: ['api', 'store'],
  controllers: ['api', 'client'],
  scheduler: ['api', 'client'],
  runtime: ['api'],
  kubelet: ['api', 'client', 'runtime'],
  proxy: ['api', 'client'],
  dns: ['api', 'client'],
  cluster: ['api', 'store', 'client', 'apiserver', 'controllers', 'scheduler', 'runtime', 'kubelet', 'proxy', 'dns'],
}
const portable = ['api', 'client', 'controllers', 'scheduler']

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'))
const importsOf = (file: string) =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:from|import) '([^']+)'/g)].map((m) => m[1] ?? '')

test('a part imports only what stands below it', () => {
  const wrong: string[] = []
  for (const file of files.filter((f) => !f.endsWith('.test.ts'))) {
    const part = file.split('/')[0] ?? ''
    const allowed = below[part]
    if (!allowed) continue
    for (const target of importsOf(file)) {
      if (!target.startsWith('.')) continue
      const other = relative(src, resolve(src, file, '..', target)).split('/')[0] ?? ''
      if (other !== part && !allowed.includes(other)) wrong.push(`${file} imports ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test('the portable parts use no Node built-ins', () => {
  /** The transports: the only files of these parts that talk to an operating system. */
  const transports = ['client/node']
  const wrong = files
    .filter((f) => portable.includes(f.split('/')[0] ?? '') && !f.endsWith('.test.ts'))
    .filter((f) => !transports.some((t) => f.startsWith(t)))
    .filter((f) => importsOf(f).some((target) => target.startsWith('node:')))
  expect(wrong).toEqual([])
})
