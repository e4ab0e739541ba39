/** Bundles the program into dist/: one entry, and a chunk for each command that is loaded when it is asked for. */
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const home = import.meta.dirname
const dist = join(home, 'dist')
// Built beside and moved in place, so that a start during a build never sees half a bundle.
const fresh = `${dist}.${process.pid}`

mkdirSync(fresh, { recursive: true })
try {
  await build({
    entryPoints: { main: join(home, 'src/cli/main.ts') },
    outdir: fresh,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    minifySyntax: true,
    logLevel: 'warning',
    // Native addons stay in node_modules.
    external: ['lmdb'],
    // Some dependencies are CommonJS and call require.
    banner: {
      js: "import { createRequire as k8tsRequire } from 'node:module'; const require = k8tsRequire(import.meta.url);",
    },
  })
  const old = `${dist}.old.${process.pid}`
  try {
    renameSync(dist, old)
  } catch {
    // The first build has nothing to replace.
  }
  try {
    renameSync(fresh, dist)
  } catch {
    // Another build came in between; its result is as good as ours.
    cpSync(fresh, dist, { recursive: true })
  }
  rmSync(old, { recursive: true, force: true })
} finally {
  rmSync(fresh, { recursive: true, force: true })
}
