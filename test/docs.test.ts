import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as clientNode from '@kubernetes/client-node'
import { beforeAll, describe, expect, test } from 'vitest'
import * as controller from '../examples/operator/controller.ts'
import * as parts from '../examples/operator/parts.ts'
import * as website from '../examples/operator/website.ts'
import * as clientEntry from '../src/entries/client.ts'
import * as controllerEntry from '../src/entries/controller.ts'
import * as testing from '../src/testing/index.ts'

const home = resolve(import.meta.dirname, '..')
const example = join(home, 'examples/operator')

/** What snippets import, by name: the module, and its source. */
const modules: Record<string, { from: Record<string, unknown>; source: string }> = {
  'k8ts/testing': { from: testing, source: join(home, 'src/testing/index.ts') },
  'k8ts/client': { from: clientEntry, source: join(home, 'src/entries/client.ts') },
  'k8ts/controller': { from: controllerEntry, source: join(home, 'src/entries/controller.ts') },
  '@kubernetes/client-node': {
    from: clientNode,
    source: fileURLToPath(import.meta.resolve('@kubernetes/client-node')).replace(/\.js$/, '.d.ts'),
  },
  './controller.ts': { from: controller, source: join(example, 'controller.ts') },
  './parts.ts': { from: parts, source: join(example, 'parts.ts') },
  './website.ts': { from: website, source: join(example, 'website.ts') },
}

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}
const shop = join(example, 'shop.yaml')

interface Snippet {
  heading: string
  /** Where it begins, in the guide. */
  line: number
  imports: string[]
  body: string
}

/** The blocks of a guide that begin with ```ts, with what each one imports apart. */
function snippetsOf(guide: string): Snippet[] {
  const text = readFileSync(join(home, guide), 'utf8')
  let heading = ''
  return [...text.matchAll(/^## (.+)$|^```ts\n([\s\S]*?)^```$/gm)].flatMap(({ 1: title, 2: code = '', index }) => {
    if (title) {
      heading = title
      return []
    }
    const imports = code.match(importLine) ?? []
    return [{ heading, line: text.slice(0, index).split('\n').length, imports, body: code.replace(importLine, '') }]
  })
}
const importLine = /^import [\s\S]*? from '.+'$/gm

const guides: [string, (cluster: testing.TestCluster) => Promise<unknown>][] = [
  ['README.md', async () => {}],
  ['docs/testing.md', async () => {}],
  [
    'docs/operators.md',
    async (cluster) => {
      await cluster.apply(join(example, 'crd.yaml'))
      await cluster.settle()
    },
  ],
]

describe.each(guides)('%s', (guide, prepare) => {
  test.each(snippetsOf(guide))('$heading, line $line', async ({ imports, body }) => {
    await using cluster = await testing.startCluster({ nodes: 3 })
    await prepare(cluster)
    const given = { web, shop, expect, startCluster: testing.startCluster, ...importedBy(imports) }
    // In a block of its own, so that a snippet may have a cluster of its own.
    const run = new AsyncFunction('cluster', ...Object.keys(given), `{ ${plain(body)} }`)
    await run(cluster, ...Object.values(given))
  })
})

// The compiler works while the snippets run.
let compiled: Promise<string[]>
beforeAll(() => {
  compiled = compileSnippets()
})

test('all snippets are of the right types', { timeout: 60_000 }, async () => {
  expect(await compiled).toEqual([])
})

/** What the compiler has to say of the snippets. */
async function compileSnippets(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-docs-'))
  const files = guides.flatMap(([guide]) =>
    snippetsOf(guide).map((snippet) => {
      const file = `${guide.replace('/', '-')}-line-${snippet.line}.ts`
      writeFileSync(join(folder, file), typed(snippet))
      return file
    }),
  )
  const paths = Object.entries(modules).map(([name, { source }]) => [name, [source]])
  const compilerOptions = {
    paths: { ...Object.fromEntries(paths), vitest: [join(home, 'node_modules/vitest/dist/index.d.ts')] },
    typeRoots: [join(home, 'node_modules/@types')],
    noUncheckedIndexedAccess: false,
    rewriteRelativeImportExtensions: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  }
  const config = { extends: join(home, 'tsconfig.json'), compilerOptions, include: [], files }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
  const stdout = await new Promise<string>((done) => {
    execFile(process.execPath, [tsc, '-p', folder], { cwd: folder, encoding: 'utf8' }, (_error, text) => done(text))
  })
  rmSync(folder, { recursive: true })
  // What it says of other files is told elsewhere.
  return stdout.split('\n').filter((line) => files.some((file) => line.startsWith(file)))
}

/** What import lines name, types aside. */
function importedBy(lines: string[]): Record<string, unknown> {
  const all = lines.flatMap((line) => {
    const [, names = '', module = ''] = /\{([\s\S]*)\} from '(.+)'/.exec(line) ?? []
    const values = names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name && !name.startsWith('type '))
    for (const name of values) expect(modules[module]?.from[name], `${name} of ${module}`).toBeDefined()
    return values.map((name) => [name, modules[module]?.from[name]] as const)
  })
  return Object.fromEntries(all)
}

/** Without types; in a function, since it awaits. */
const plain = (body: string): string =>
  stripTypeScriptTypes(`async () => {${body}}`).replace(/^async \(\) => \{([\s\S]*)\}$/, '$1')

const typed = ({ imports, body }: Snippet): string => `
import { expect } from 'vitest'
import { startCluster, type TestCluster } from 'k8ts/testing'
${imports
  .filter((line) => !line.startsWith('import { startCluster }'))
  .join('\n')
  .replaceAll("'./", `'${example}/`)}
export async function snippet(cluster: TestCluster, web: object, shop: string) {{
${body}
}}
void [expect, startCluster]
`

const AsyncFunction = (async () => {}).constructor as new (...text: string[]) => (...given: unknown[]) => Promise<void>
