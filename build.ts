/**
 * Bundles the program into dist/: one entry, and a chunk for each command that is loaded when it is asked for.
 * `node build.ts --package` makes lib/ as well: what the package exports, with its declarations. A checkout needs none
 * of that to run, and so does not build it.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'

const home = import.meta.dirname

const common: BuildOptions = {
  bundle: true,
  splitting: true,
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  logLevel: 'warning',
}

/** What the package exports, by the names of its entries. */
const entries = {
  index: 'src/entries/index.ts',
  client: 'src/entries/client.ts',
  controller: 'src/entries/controller.ts',
  testing: 'src/testing/index.ts',
  vitest: 'src/testing/runners/vitest.ts',
  jest: 'src/testing/runners/jest.ts',
  'node-test': 'src/testing/runners/node-test.ts',
}

/** Built beside and moved in place, so that a start during a build never sees half of it. */
async function replaceFolder(name: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const target = join(home, name)
  const fresh = `${target}.${process.pid}`
  mkdirSync(fresh, { recursive: true })
  try {
    await fill(fresh)
    const old = `${target}.old.${process.pid}`
    try {
      renameSync(target, old)
    } catch {
      // The first build has nothing to replace.
    }
    try {
      renameSync(fresh, target)
    } catch {
      // Another build came in between; its result is as good as ours.
      cpSync(fresh, target, { recursive: true })
    }
    rmSync(old, { recursive: true, force: true })
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** The commit that is built, for `/version`; empty outside a checkout. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: home,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return ''
  }
}

/**
 * LMDB's native addon stays outside: among the dependencies of a checkout, or where `./k8ts` has fetched it, which it
 * tells by K8TS_RUNTIME.
 */
const lmdb: Plugin = {
  name: 'lmdb',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^lmdb$/ }, ({ path }) => ({ path, namespace: 'lmdb' }))
    onLoad({ filter: /./, namespace: 'lmdb' }, () => ({
      contents: `import { createRequire } from 'node:module'
        const from = process.env.K8TS_RUNTIME
        export const { open } = createRequire(from ? from + '/package.json' : import.meta.url)('lmdb')`,
    }))
  },
}

async function program(folder: string): Promise<void> {
  await build({
    ...common,
    entryPoints: { main: join(home, 'src/cli/main.ts') },
    outdir: folder,
    platform: 'node',
    sourcemap: 'linked',
    // The maps give stack traces their lines.
    minifyWhitespace: true,
    define: {
      K8TS_COMMIT: JSON.stringify(commit()),
      K8TS_BUILT: JSON.stringify(new Date().toISOString().slice(0, 19)),
    },
    plugins: [lmdb],
    // Some dependencies are CommonJS and call require.
    banner: {
      js: "import { createRequire as k8tsRequire } from 'node:module'; const require = k8tsRequire(import.meta.url);",
    },
  })
}

/**
 * Node's own modules for code that runs in browsers, too: asked of the process instead of imported, so that bundlers find
 * nothing to replace or to warn of. Only chunks that are loaded when they are asked for do so.
 */
const nodeBuiltins: Plugin = {
  name: 'node-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z]/ }, ({ path }) => {
      if (!isBuiltin(path)) return undefined
      return { path: path.startsWith('node:') ? path : `node:${path}`, namespace: 'builtin' }
    })
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/** One source for Node and browsers: what is Node's own stands in chunks that are loaded when they are asked for. */
async function library(folder: string): Promise<void> {
  await build({
    ...common,
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(home, file)])),
    outdir: folder,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    // The runners are the user's.
    external: ['vitest', '@jest/globals'],
    plugins: [nodeBuiltins],
  })
  const types = join(folder, 'types')
  const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
  execFileSync(process.execPath, [tsc, '-p', join(home, 'tsconfig.build.json'), '--outDir', types], {
    stdio: 'inherit',
  })
  const { finishDeclarations } = await import('./build-declarations.ts')
  await finishDeclarations(
    types,
    join(home, 'src'),
    Object.values(entries).map((file) => file.replace(/^src\/(.*)\.ts$/, '$1.d.ts')),
  )
}

await replaceFolder('dist', program)
if (process.argv.includes('--package')) await replaceFolder('lib', library)
