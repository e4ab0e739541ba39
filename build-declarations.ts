/** Makes the compiler's declarations fit for a package: small, with extensions that exist, and no more than is reachable. */
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { withInterfaces } from './build-interfaces.ts'

/** `folder` holds what the compiler wrote of `sources`; `entries` are paths in it, of what the package exports. */
export async function finishDeclarations(folder: string, sources: string, entries: string[]): Promise<void> {
  const texts = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.d.ts'))
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const),
  )
  const plain = await withInterfaces(texts, sources)
  const finished = new Map([...plain].map(([file, text]) => [file, withJsExtensions(text)]))
  const wanted = reachable(finished, entries)
  const globals = 'entries/globals.d.ts'
  copyFileSync(join(sources, globals), join(folder, globals))
  for (const entry of entries) {
    const path = relative(dirname(entry), globals)
    finished.set(entry, `/// <reference path="${path.startsWith('.') ? path : `./${path}`}" />\n${finished.get(entry)}`)
  }
  for (const [file, text] of finished) {
    if (wanted.has(file)) writeFileSync(join(folder, file), text)
    else rmSync(join(folder, file))
  }
}

/** The compiler leaves extensions as they stand in the sources, where they name .ts files. */
const withJsExtensions = (text: string): string =>
  text.replace(/(\bfrom |\bimport\(|\bimport )(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2')

/** The files that `entries` import, by any number of steps. */
function reachable(texts: ReadonlyMap<string, string>, entries: string[]): Set<string> {
  const found = new Set(entries)
  for (const file of found) {
    const text = texts.get(file)
    if (text === undefined) throw new Error(`${file} is not there`)
    for (const [, path = ''] of text.matchAll(/(?:\bfrom |\bimport\(|\bimport )['"](\.[^'"]+)\.js['"]/g)) {
      found.add(relative('/', resolve('/', dirname(file), `${path}.d.ts`)))
    }
  }
  return found
}
