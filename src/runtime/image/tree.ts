import { readFileSync } from 'node:fs'

/** What a path of an image is. Modes are permission bits; owner and group are 0 unless said. */
export type Entry = { mode: number; uid?: number; gid?: number } & (
  | { type: 'directory' }
  | { type: 'symlink'; target: string }
  /** A file of the host, or its content. */
  | { type: 'file'; from: string; size: number }
  | { type: 'file'; content: Uint8Array }
)

/**
 * The files of an image before they are packed, in layers that lie on each other. The tree makes parents as needed, and
 * paths follow its symbolic links: `/bin/sh` lands in `/usr/bin` where `/bin` is a link to it.
 */
export interface Tree {
  /** Later entries go into a new layer. */
  newLayer(): void
  add(path: string, entry: Entry): void
  has(path: string): boolean
  /** A file's content as text; undefined when there is none. */
  text(path: string): string | undefined
  /** Without symbolic links in its folders. */
  resolve(path: string): string
  /** Each sorted by path, so that equal trees make equal archives. Empty layers are left out. */
  layers(): [path: string, entry: Entry][][]
}

const directory: Entry = { type: 'directory', mode: 0o755 }

export function createTree(): Tree {
  const all = new Map<string, Entry>()
  const layers: Map<string, Entry>[] = [new Map()]

  const put = (path: string, entry: Entry) => {
    all.set(path, entry)
    layers.at(-1)?.set(path, entry)
  }
  /** `depth` ends circles of links. */
  const resolve = (path: string, depth = 0): string => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.')
    let at = ''
    for (const [index, part] of parts.entries()) {
      if (part === '..') {
        at = at.slice(0, Math.max(0, at.lastIndexOf('/')))
        continue
      }
      const next = `${at}/${part}`
      const entry = all.get(next)
      const last = index === parts.length - 1
      if (!last && entry?.type === 'symlink' && depth < 40) {
        const target = entry.target.startsWith('/') ? entry.target : `${at}/${entry.target}`
        // `x/.`: follow the target's own link, too.
        const folder = resolve(`${resolve(target, depth + 1)}/${parts.slice(index + 1).join('/')}`, depth + 1)
        return folder
      }
      at = next
    }
    return at || '/'
  }
  const addParents = (path: string) => {
    const parent = path.slice(0, path.lastIndexOf('/'))
    if (parent === '' || all.get(parent)?.type === 'directory') return
    addParents(parent)
    put(parent, directory)
  }

  return {
    newLayer: () => void layers.push(new Map()),
    add(path, entry) {
      const at = resolve(path)
      if (at === '/') return
      addParents(at)
      put(at, entry)
    },
    has: (path) => all.has(resolve(path)),
    text(path) {
      const entry = all.get(resolve(path))
      if (entry?.type !== 'file') return undefined
      return new TextDecoder().decode('content' in entry ? entry.content : readFileSync(entry.from))
    },
    resolve: (path) => resolve(path),
    layers: () =>
      layers
        .filter((layer) => layer.size > 0)
        .map((layer) => [...layer].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
  }
}
