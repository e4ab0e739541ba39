import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { builtinResources } from '../../../src/api/resources.ts'
import { home } from '../support.ts'
import { inFolder, type PackageWorld, project, succeed } from './world.ts'

const crd = readFileSync(join(home, 'examples/operator/crd.yaml'), 'utf8')

/** What compiles, and what does not. */
const probe = `import { startCluster, type TestCluster } from 'k8ts/testing'
import { type Pod, Pods, type Stored } from 'k8ts/client'
import { ensure, runOperator, watch } from 'k8ts/controller'
import { mapped } from 'k8ts'
import { type Website, Websites } from './website.js'

export async function probes(cluster: TestCluster) {
  const web = await cluster.get('Deployment', 'web')
  const ready: number | undefined = web.status.readyReplicas
  const pod: Pod = { spec: { containers: [], restartPolicy: 'Never' } }
  // @ts-expect-error it is Never
  const wrong: Pod = { spec: { containers: [], restartPolicy: 'never' } }
  // @ts-expect-error a misspelt kind
  await cluster.get('Deploymnt', 'web')
  // @ts-expect-error a list is no kind
  await cluster.list('PodList')
  const site: Stored<Website> = await cluster.get(Websites, 'shop')
  // @ts-expect-error nobody may have written it yet
  site.status.url
  const host: string = (await cluster.get('Website', 'shop')).spec.host
  const loose: Record<string, unknown> | undefined = (await cluster.get('websites.example.k8ts.dev', 'shop')).spec
  for await (const { object } of cluster.watch('Pod')) if (object.status.phase === 'Running') break
  const stored: Stored<Pod> = await cluster.client.get(Pods, { namespace: 'a', name: 'b' })
  await cluster.stop()
  return [ready, pod, wrong, host, loose, stored, startCluster, ensure, runOperator, watch, mapped]
}
`

interface Config {
  typescript: string
  module: string
  lib?: string[]
  types?: string[]
}

/** With the types of Node and of the DOM, without, and what resolves modules. */
const configs: Config[] = ['typescript', 'typescript7'].flatMap((typescript) => [
  { typescript, module: 'nodenext', lib: ['es2022'], types: [] },
  { typescript, module: 'nodenext', lib: ['es2022'], types: ['node'] },
  { typescript, module: 'bundler', lib: ['es2022', 'dom'], types: [] },
  { typescript, module: 'bundler', lib: ['esnext', 'dom'], types: ['node'] },
])

export function types(world: () => PackageWorld): void {
  let folder: string
  beforeAll(async () => {
    const wanted = ['typescript@5.9', 'typescript7@npm:typescript@7', '@types/node@24']
    const made = await project(world(), 'types', wanted, { 'crd.yaml': crd, 'probe.ts': probe })
    folder = made.folder
    const k8ts = join(folder, 'node_modules/k8ts/dist/main.js')
    succeed(await inFolder(folder, k8ts, ['types', 'crd.yaml', '-o', 'website.ts']))
    succeed(await inFolder(folder, k8ts, ['types', 'crd.yaml', '-o', 'website.ts', '--check']))
  })
  const tsc = (typescript: string, ...args: string[]) =>
    inFolder(folder, join(folder, 'node_modules', typescript, 'bin/tsc'), args)

  test.for(configs)(
    '$typescript, module $module, lib $lib, types $types',
    async ({ typescript, module, lib, types: given }) => {
      const name = `tsconfig.${typescript}-${module}-${lib?.join('-')}-${given?.join('-')}.json`
      const isBundler = module === 'bundler'
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: false,
        target: 'es2022',
        module: isBundler ? 'esnext' : module,
        ...(isBundler && { moduleResolution: 'bundler' }),
        lib,
        types: given,
      }
      writeFileSync(join(folder, name), JSON.stringify({ compilerOptions, files: ['probe.ts'] }))
      const { stdout, stderr } = await tsc(typescript, '-p', name)
      expect(stderr).toBe('')
      // Other packages' declarations are none of ours.
      expect(stdout.split('\n').filter((line) => /^(?!node_modules\/(?!k8ts\/))\S.*error TS/.test(line))).toEqual([])
    },
  )

  test.for(['typescript', 'typescript7'])('the configuration that %s makes with --init', async (typescript) => {
    const init = join(folder, 'tsconfig.json')
    rmSync(init, { force: true })
    await tsc(typescript, '--init')
    const made = readFileSync(init, 'utf8')
    expect(made).toContain('compilerOptions')
    expect(succeed(await tsc(typescript, '--noEmit', '-p', '.'))).toBe('')
  })

  test('an editor shows plain interfaces, documented, and completes kinds by kinds', async () => {
    const { hover, completions } = await languageService(folder, 'probe.ts')
    expect(hover('web = await')).toEqual({ type: 'const web: Stored<Deployment>', text: '' })
    expect(hover('status.readyReplicas').type).toBe('(property) status: DeploymentStatus')
    expect(hover("restartPolicy: 'Never'")).toEqual({
      type: '(property) PodSpec.restartPolicy?: "Always" | "Never" | "OnFailure" | undefined',
      text: 'What to do when a container ends: Always, OnFailure or Never. Default: `Always`.',
    })
    expect(hover('site: Stored').type).toBe('const site: Stored<Website>')
    expect(hover("get('Deployment'").type).toContain('Promise<Stored<Deployment>>')
    const readable = builtinResources
      .filter(({ group, kind }) => !kind.endsWith('Review') && kind !== 'Binding' && group !== 'events.k8s.io')
      .map(({ kind }) => kind)
    expect(new Set(completions("'Deployment', 'web'", 1))).toEqual(new Set([...readable, 'Website']))
    expect(completions("'Never' } }", 1).sort()).toEqual(['Always', 'Never', 'OnFailure'])
    expect(completions('spec: { containers: [], restartPolicy').sort()).toEqual([
      'apiVersion',
      'kind',
      'metadata',
      'spec',
      'status',
    ])
  })
}

/** What TypeScript's language service, which editors ask, says of places in a file. */
async function languageService(folder: string, name: string) {
  const file = join(folder, name)
  const from = createRequire(join(folder, 'package.json'))
  const { default: ts } = (await import(pathToFileURL(from.resolve('typescript')).href)) as {
    default: LanguageServices
  }
  const text = readFileSync(file, 'utf8')
  const options = { module: 199, target: 99, strict: true, skipLibCheck: true }
  const service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => true,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path: string) => {
      const content = ts.sys.readFile(path)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  })
  const at = (place: string) => {
    const found = text.indexOf(place)
    if (found < 0) throw new Error(`${place} is nowhere in ${name}`)
    return found
  }
  return {
    hover(place: string) {
      const info = service.getQuickInfoAtPosition(file, at(place))
      const textOf = (parts: { text: string }[] = []) => parts.map((part) => part.text).join('')
      return { type: textOf(info?.displayParts), text: textOf(info?.documentation) }
    },
    completions: (place: string, offset = 0) =>
      (service.getCompletionsAtPosition(file, at(place) + offset, {})?.entries ?? []).map((entry) => entry.name),
  }
}

/** What this uses of the API of TypeScript 5; the repository's own TypeScript has none. */
interface LanguageServices {
  sys: { readFile(path: string): string | undefined }
  ScriptSnapshot: { fromString(text: string): object }
  getDefaultLibFilePath(options: object): string
  createLanguageService(host: object): {
    getQuickInfoAtPosition(
      file: string,
      position: number,
    ): { displayParts?: { text: string }[]; documentation?: { text: string }[] } | undefined
    getCompletionsAtPosition(
      file: string,
      position: number,
      options: object,
    ): { entries: { name: string }[] } | undefined
  }
}
