import { execFileSync } from 'node:child_process'
import { accessSync, constants, lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { librariesOf } from './libraries.ts'
import type { Entry, Tree } from './tree.ts'

/** What goes into an image. They can be combined. */
export interface Contents {
  /** A folder that becomes `/`. */
  rootfs?: string
  /** A folder with a Node application; it becomes /app, beside the Node runtime that runs this program. */
  app?: string
  /** Programs of this host (names in PATH, or paths), with the shared libraries they need. */
  bin?: string[]
  /** With `app` or `bin`: `sh` and its like from the host's busybox, where the host has it. Default true. */
  shell?: boolean
}

const file = (text: string, mode = 0o644): Entry => ({ type: 'file', mode, content: new TextEncoder().encode(text) })

/** The folders and files that programs expect anywhere. */
export function addBase(tree: Tree): void {
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) {
    tree.add(`/usr/${folder}`, { type: 'directory', mode: 0o755 })
    if (!tree.has(`/${folder}`)) tree.add(`/${folder}`, { type: 'symlink', mode: 0o777, target: `usr/${folder}` })
  }
  const base: Record<string, Entry> = {
    '/tmp': { type: 'directory', mode: 0o1777 },
    '/var/tmp': { type: 'directory', mode: 0o1777 },
    '/root': { type: 'directory', mode: 0o700 },
    '/etc/passwd': file('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n'),
    '/etc/group': file('root:x:0:\nnogroup:x:65534:\n'),
    '/etc/nsswitch.conf': file('passwd: files\ngroup: files\nhosts: files dns\n'),
  }
  for (const [path, entry] of Object.entries(base)) if (!tree.has(path)) tree.add(path, entry)
}

export async function addRootfs(tree: Tree, folder: string): Promise<void> {
  await addFolder(tree, folder, '/', true)
}

/** Adds programs and their libraries; answers their paths in the image. */
export function addPrograms(tree: Tree, programs: string[]): string[] {
  return programs.map((name) => {
    const path = findProgram(name)
    addLinkedFile(tree, path)
    for (const library of librariesOf(realpathSync(path))) addFile(tree, library.from, library.to)
    return path
  })
}

/** The Node runtime, then the application in a layer of its own, which alone changes from build to build. */
export async function addApp(tree: Tree, folder: string): Promise<{ entrypoint: string[]; workdir: string }> {
  const main = mainOf(folder)
  const node = '/usr/local/bin/node'
  addFile(tree, realpathSync(process.execPath), node)
  for (const library of librariesOf(realpathSync(process.execPath))) addFile(tree, library.from, library.to)
  tree.newLayer()
  await addFolder(tree, folder, '/app', false)
  return { entrypoint: [node, main], workdir: '/app' }
}

/** `sh` and everything else busybox can do, under the names that are still free. */
export function addShell(tree: Tree): void {
  const busybox = inPath('busybox')
  if (!busybox) return
  addFile(tree, realpathSync(busybox), '/bin/busybox')
  for (const library of librariesOf(realpathSync(busybox))) addFile(tree, library.from, library.to)
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean)
  for (const applet of applets.sort())
    if (!['bin', 'sbin'].some((folder) => tree.has(`/${folder}/${applet}`)))
      tree.add(`/bin/${applet}`, { type: 'symlink', mode: 0o777, target: 'busybox' })
}

/** A user given by name needs an entry; the first free number of ordinary users is as good as any. */
export function addUser(tree: Tree, user: string): void {
  if (/^\d+(:\d+)?$/.test(user) || user === 'root') return
  const [name = '', group] = user.split(':')
  if (!/^[a-z_][a-z0-9_-]*$/.test(name)) throw new Error(`invalid user "${user}": want a name, a number, or uid:gid`)
  if (group !== undefined) throw new Error(`invalid user "${user}": a group can be given only by number, as uid:gid`)
  const passwd = tree.text('/etc/passwd') ?? 'root:x:0:0:root:/root:/bin/sh\n'
  if (passwd.split('\n').some((line) => line.startsWith(`${name}:`))) return
  tree.add('/etc/passwd', file(`${passwd}${name}:x:1000:1000:${name}:/:/bin/sh\n`))
  tree.add('/etc/group', file(`${tree.text('/etc/group') ?? 'root:x:0:\n'}${name}:x:1000:\n`))
}

async function addFolder(tree: Tree, from: string, to: string, keepOwner: boolean): Promise<void> {
  if (!statSync(from, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`${from} is not a folder`)
  const paths = (await readdir(from, { recursive: true })).sort()
  for (const path of paths) {
    // An application's history is not part of it.
    if (!keepOwner && /(^|\/)\.git(\/|$)/.test(path)) continue
    const source = join(from, path)
    const stat = lstatSync(source)
    const common = { mode: stat.mode & 0o7777, ...(keepOwner && { uid: stat.uid, gid: stat.gid }) }
    const at = join(to, path)
    if (stat.isSymbolicLink()) tree.add(at, { ...common, type: 'symlink', target: readlinkSync(source) })
    else if (stat.isDirectory()) tree.add(at, { ...common, type: 'directory' })
    else if (stat.isFile()) tree.add(at, { ...common, type: 'file', from: source, size: stat.size })
  }
}

function addFile(tree: Tree, from: string, to: string): void {
  const { size, mode } = statSync(from)
  tree.add(to, { type: 'file', mode: mode & 0o7777, from: resolve(from), size })
}

/** A program that is a link to another (redis-server to redis-check-rdb) looks at the name it is called by: keep links. */
function addLinkedFile(tree: Tree, path: string): void {
  if (!lstatSync(path).isSymbolicLink()) {
    addFile(tree, path, path)
    return
  }
  const target = readlinkSync(path)
  tree.add(path, { type: 'symlink', mode: 0o777, target })
  addLinkedFile(tree, resolve(dirname(path), target))
}

function findProgram(name: string): string {
  const path = name.includes('/') ? resolve(name) : inPath(name)
  if (!path || !statSync(path, { throwIfNoEntry: false })?.isFile()) throw new Error(`program ${name} not found`)
  return path
}

function inPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return statSync(path).isFile()
      } catch {
        return false
      }
    })
}

function mainOf(folder: string): string {
  const manifest = join(folder, 'package.json')
  const described: unknown = statSync(manifest, { throwIfNoEntry: false })
    ? JSON.parse(readFileSync(manifest, 'utf8'))
    : {}
  const named =
    typeof described === 'object' && described !== null && 'main' in described ? [String(described.main)] : []
  const candidates = [
    ...named,
    'server.js',
    'server.mjs',
    'server.ts',
    'index.js',
    'index.mjs',
    'index.ts',
    'main.js',
    'main.ts',
  ]
  const main = candidates.find((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile())
  if (!main) throw new Error(`${basename(folder)}: no "main" in package.json, and none of ${candidates.join(', ')}`)
  return main
}
