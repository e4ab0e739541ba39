import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type ElfNeeds, readElfNeeds } from './elf-needs.ts'

/** A file that a program needs: where it is on the host, and where a container has to have it. */
export interface Needed {
  from: string
  to: string
}

/**
 * The dynamic linker and the shared libraries that a host's program needs, found as ld.so finds them (run path, then
 * ld.so.conf, then its built-in folders) but without running anything. Fails when one is missing.
 */
export function librariesOf(program: string): Needed[] {
  const found = new Map<string, Needed>()
  const root = elfNeedsOf(program)
  if (!root?.interpreter) return []
  found.set(basename(root.interpreter), { from: realpathSync(root.interpreter), to: root.interpreter })
  const { configured, builtIn } = searchPath(root.interpreter)
  const fallback = builtIn.find((folder) => fits(join(folder, 'libc.so.6'), root.machine, root.is64)) ?? '/lib'

  const visit = (file: string, inherited: string[]) => {
    const needs = elfNeedsOf(file)
    if (!needs) return
    const origin = dirname(realpathSync(file))
    const own = needs.runPath.map((path) => path.replaceAll(/\$ORIGIN|\$\{ORIGIN\}/g, origin))
    for (const name of needs.needed) {
      if (found.has(name)) continue
      const search = [...own, ...inherited, ...configured, ...builtIn]
      const path = search.map((folder) => join(folder, name)).find((path) => fits(path, root.machine, root.is64))
      if (!path) throw new Error(`${program} needs ${name}, which is in none of ${search.join(', ')}`)
      const folder = dirname(path)
      // In the container there is no ld.so.conf: what it names goes into a folder that is always searched.
      const plain = own.includes(folder) || builtIn.includes(folder)
      found.set(name, { from: realpathSync(path), to: plain ? resolve(path) : join(fallback, name) })
      visit(path, [...own, ...inherited])
    }
  }
  visit(program, [])
  return [...found.values()]
}

/** What an ELF file on this host needs; undefined when it is none. */
export function elfNeedsOf(path: string): ElfNeeds | undefined {
  const file = openSync(path, 'r')
  try {
    return readElfNeeds((offset, length) => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset))
    })
  } finally {
    closeSync(file)
  }
}

/** Skips another architecture's library of the same name, as ld.so does. */
function fits(path: string, machine: number, is64: boolean): boolean {
  try {
    if (!statSync(path).isFile()) return false
    const needs = elfNeedsOf(path)
    return needs?.machine === machine && needs.is64 === is64
  } catch {
    return false
  }
}

/** Where ld.so looks: glibc's multiarch folders as Debian builds them in, musl's own list, and what the host configures. */
function searchPath(interpreter: string): { configured: string[]; builtIn: string[] } {
  const name = basename(interpreter)
  const musl = /^ld-musl-(.+)\.so/.exec(name)
  if (musl) {
    const configured = lines(`/etc/ld-musl-${musl[1]}.path`).flatMap((line) => line.split(/[:\s]+/))
    return { configured, builtIn: ['/lib', '/usr/local/lib', '/usr/lib'] }
  }
  const triplet = triplets.find(([linker]) => name.startsWith(linker))?.[1]
  const multiarch = triplet ? [`/lib/${triplet}`, `/usr/lib/${triplet}`] : []
  return {
    configured: ldSoConf('/etc/ld.so.conf'),
    builtIn: [...multiarch, '/lib64', '/usr/lib64', '/lib', '/usr/lib'],
  }
}

const triplets: [linker: string, triplet: string][] = [
  ['ld-linux-x86-64.so', 'x86_64-linux-gnu'],
  ['ld-linux-aarch64.so', 'aarch64-linux-gnu'],
]

function ldSoConf(file: string): string[] {
  return lines(file).flatMap((line) => {
    const include = /^include\s+(.+)$/.exec(line)?.[1]
    if (!include) return [line]
    // Only its usual form, one folder with `*` in the name.
    const pattern = resolve('/etc', include)
    const [before = '', after = ''] = basename(pattern).split('*')
    return names(dirname(pattern))
      .filter((name) => name.startsWith(before) && name.endsWith(after))
      .flatMap((name) => ldSoConf(join(dirname(pattern), name)))
  })
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter(Boolean)
  } catch {
    return []
  }
}
