import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { UserError } from '../cluster/user-error.ts'

/** The projects of `vitest.config.ts` go by their names alone. */
const projects = new Map([
  ['unit', ['unit']],
  ['e2e', ['kubectl', 'e2e']],
])
const projectOf = (arg: string): string[] => projects.get(arg)?.flatMap((name) => ['--project', name]) ?? [arg]

export function define(command: Command): void {
  command
    .argument('[args...]', 'unit or e2e, and arguments for vitest')
    .allowUnknownOption()
    .addHelpText(
      'after',
      '\nExamples:\n  k8ts test                      all tests\n  k8ts test unit                 those that need no root, and install nothing\n  k8ts test e2e                  those with real containers, packages, kubectl and browsers\n  k8ts test src/store            those of one part',
    )
    .action((args: string[]) => {
      const home = dirname(import.meta.dirname)
      const vitest = join(home, 'node_modules/vitest/vitest.mjs')
      if (!existsSync(vitest)) throw new UserError('the tests run from a checkout of the project')
      const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`
      const run = spawnSync(process.execPath, [vitest, 'run', ...args.flatMap(projectOf)], {
        cwd: home,
        stdio: 'inherit',
        env: { ...process.env, PATH: path },
      })
      process.exitCode = run.status ?? 1
    })
}
