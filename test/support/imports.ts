import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

/** One static or dynamic import, or an export of what another file has. */
export interface Import {
  from: string
  /** A path below the root of the repository, or a package. */
  to: string
  /** Empty, where all of the file is imported. */
  names: string[]
  /** Types are gone when the program runs. */
  isType: boolean
  isDynamic: boolean
}

/** The TypeScript files of a folder, as paths below the root of the repository. */
export const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => join(folder, file))

export function importsOf(from: string): Import[] {
  const pattern = /^(?:import|export) (type )?(?:([^'";]*?) from )?'([^']+)'|\bimport\('([^']+)'\)/gm
  return [...textOf(from).matchAll(pattern)].map(([, type, clause = '', fixed, dynamic]) => {
    const target = fixed ?? dynamic ?? ''
    const members = (/^\{([^}]*)\}$/.exec(clause.trim())?.[1]?.split(',') ?? [])
      .map((name) => name.trim())
      .filter(Boolean)
    return {
      from,
      to: target.startsWith('.') ? relative(root, resolve(root, from, '..', target)) : target,
      names: members.map((name) => name.replace(/^type /, '').replace(/ as .*/, '')),
      isType: Boolean(type) || (members.length > 0 && members.every((name) => name.startsWith('type '))),
      isDynamic: dynamic !== undefined,
    }
  })
}

/** The functions, classes and constants that a file exports itself. */
export const valuesOf = (file: string): string[] =>
  [...textOf(file).matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)].map(([, name = '']) => name)

export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')
