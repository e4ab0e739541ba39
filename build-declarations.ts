/** Makes the compiler's declarations fit for a package: small, with extensions that exist, and no more than is reachable. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** `folder` holds what the compiler wrote; `entries` are paths in it, of what the package exports. */
export function finishDeclarations(folder: string, entries: string[]): void {
  const texts = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.d.ts'))
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const),
  )
  const named = namedShapes(texts)
  const finished = new Map([...texts].map(([file, text]) => [file, withJsExtensions(withNames(text, file, named))]))
  const wanted = reachable(finished, entries)
  for (const [file, text] of finished) {
    if (wanted.has(file)) writeFileSync(join(folder, file), text)
    else rmSync(join(folder, file))
  }
}

/** The compiler leaves extensions as they stand in the sources, where they name .ts files. */
const withJsExtensions = (text: string): string =>
  text.replace(/(\bfrom |\bimport\(|\bimport )(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2')

/** The compiler says of a message what fields it has, whole trees of them; this is what such a tree begins with. */
const shapeStart = /(?:import\("[^"]+"\)\.)?\bObjectOf<\{/g

interface Named {
  file: string
  name: string
}

/** The names of declared messages by their shapes; some that mean different things have the same shape. */
function namedShapes(texts: ReadonlyMap<string, string>): Map<string, Named[]> {
  const named = new Map<string, Named[]>()
  for (const [file, text] of texts) {
    for (const { index, 0: start, 1: name = '' } of text.matchAll(
      /export declare const (\w+): (?:import\("[^"]+"\)\.)?Declared<(?:import\("[^"]+"\)\.)?ObjectOf<\{/g,
    )) {
      if (!text.includes(`export interface ${name} extends TypeOf<typeof ${name}>`)) continue
      const open = index + start.length - 2
      const shape = canonical(text.slice(open, closing(text, open)))
      named.set(shape, [...(named.get(shape) ?? []), { file, name }])
    }
  }
  return named
}

/** `text` with the shapes of messages inside other messages replaced by their names. */
function withNames(text: string, file: string, named: ReadonlyMap<string, Named[]>): string {
  let out = ''
  let at = 0
  for (const { index, 0: start } of text.matchAll(shapeStart)) {
    if (index < at) continue
    const open = index + start.length - 2
    const close = closing(text, open)
    const own = text.endsWith('Declared<', index)
    const candidates = own ? [] : (named.get(canonical(text.slice(open, close))) ?? [])
    const found = candidates.find((one) => one.file === file) ?? candidates[0]
    if (found) {
      out += text.slice(at, index) + reference(file, found)
    } else {
      out +=
        text.slice(at, open + 1) +
        withNames(text.slice(open + 1, close - 1), file, named) +
        text.slice(close - 1, close)
    }
    at = close
  }
  return out + text.slice(at)
}

function reference(file: string, { file: target, name }: Named): string {
  if (file === target) return name
  const path = relative(dirname(file), target).replace(/\.d\.ts$/, '.ts')
  return `import("${path.startsWith('.') ? path : `./${path}`}").${name}`
}

/** The place behind the `>` that closes the `<` at `open`. */
function closing(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '<') depth++
    else if (text[at] === '>' && text[at - 1] !== '=' && --depth === 0) return at + 1
  }
  throw new Error(`a < is not closed: ${text.slice(open, open + 80)}`)
}

/** The same for the same shape in every file, however deep it stands. */
const canonical = (shape: string): string => shape.replace(/import\("[^"]+"\)\./g, '').replace(/\s+/g, ' ')

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
