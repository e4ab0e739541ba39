import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { UserError } from '../cluster/user-error.ts'

export function define(command: Command): void {
  command
    .argument('[args...]', 'arguments for vitest')
    .allowUnknownOption()
    .addHelpText(
      'after',
      '\nExamples:\n  k8ts test                      all tests\n  k8ts test --project unit       those that need no containers\n  k8ts test src/store            those of one part',
    )
    .action((args: string[]) => {
      const home = dirname(import.meta.dirname)
      const vitest = join(home, 'node_modules/vitest/vitest.mjs')
      if (!existsSync(vitest)) throw new UserError('the tests run from a checkout of the project')
      const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`
      const run = spawnSync(process.execPath, [vitest, 'run', ...args], {
        cwd: home,
        stdio: 'inherit',
        env: { ...process.env, PATH: path },
      })
      process.exitCode = run.status ?? 1
    })
}
