import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { writeTypes } from '../client/crd-types/write-types.ts'
import { ManifestError } from '../client/manifests/manifest-error.ts'
import { UserError } from '../cluster/user-error.ts'

interface TypesOptions {
  out?: string
  check?: boolean
}

export function define(command: Command): void {
  command
    .description('write TypeScript types of CustomResourceDefinitions')
    .argument('[files...]', 'files or folders of YAML and JSON; - is standard input')
    .addOption(new Option('-o, --out <file>', 'the file to write, instead of standard output'))
    .option('--check', 'write nothing: fail unless the file of --out is up to date')
    .addHelpText(
      'after',
      `
Examples:
  k8ts types crd.yaml -o src/backup.ts            types of the definitions in a file
  k8ts types config/crd -o src/kinds.ts           of all in a folder, in one module
  kubectl get crd backups.example.com -o yaml | k8ts types - > src/backup.ts
  k8ts types crd.yaml -o src/backup.ts --check    in a build: is src/backup.ts up to date?

Exit codes:
  0  written, or up to date
  1  not up to date (--check), or a file has no CustomResourceDefinition`,
    )
    .action((files: string[], options: TypesOptions) => writeAll(files, options))
}

function writeAll(files: string[], { out, check }: TypesOptions): void {
  if (check && !out) throw new UserError('--check compares with the file of --out; name one')
  const text = typesIn(files)
  if (!out) {
    process.stdout.write(text)
    return
  }
  // A file that stays as it is wakes no watching build.
  if (existsSync(out) && readFileSync(out, 'utf8') === text) return
  if (check) throw new UserError(`${out} is not up to date; run k8ts types ${files.join(' ')} -o ${out}`)
  mkdirSync(dirname(out), { recursive: true })
  writeFileSync(out, text)
}

function typesIn(files: string[]): string {
  const given = (files.length > 0 ? files : ['-']).flatMap((path) => (isFolder(path) ? inFolder(path) : [read(path)]))
  try {
    return writeTypes(given)
  } catch (error) {
    throw error instanceof ManifestError ? new UserError(error.message) : error
  }
}

const isFolder = (path: string): boolean => path !== '-' && existsSync(path) && statSync(path).isDirectory()

/** The definitions of a folder, whose other manifests need none. */
function inFolder(folder: string) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(ya?ml|json)$/.test(file),
  )
  const found = files
    .sort()
    .map((file) => read(join(folder, file)))
    .filter(({ value }) => value.includes('CustomResourceDefinition'))
  if (found.length === 0) throw new UserError(`${folder}: no file has a CustomResourceDefinition`)
  return found
}

function read(path: string): { value: string; source: string } {
  if (path === '-') {
    if (process.stdin.isTTY) throw new UserError('name the files with the definitions, or - for standard input')
    return { value: readFileSync(0, 'utf8'), source: 'standard input' }
  }
  try {
    return { value: readFileSync(path, 'utf8'), source: path }
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`)
  }
}
