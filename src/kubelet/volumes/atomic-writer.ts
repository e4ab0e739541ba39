import type { FileOptions, HostFiles } from '../host/host.ts'
import type { Payload, PayloadFile } from './payload.ts'

const current = '..data'

/**
 * Makes `payload` the contents of a volume so that a reader sees either all of the old or all of the new: files are written
 * to a new folder, `..data` is swapped to point at it, and each visible name is a link through `..data`. Programs that
 * watch `..data` (as upstream's layout lets them) see the swap. Does nothing where nothing differs.
 * @returns whether anything was written.
 */
export async function writeAtomically(
  files: HostFiles,
  root: string,
  payload: Payload,
  options: (file: PayloadFile) => FileOptions,
  now: number,
): Promise<boolean> {
  for (const path of payload.keys()) checkPath(path)
  const old = await files.readlink(`${root}/${current}`)
  if (old !== undefined && (await holds(files, `${root}/${old}`, payload))) return false

  const taken = new Set(await files.list(root))
  const stamp = `..${new Date(now).toISOString().slice(0, 19).replace(/[-T:]/g, '_')}`
  let folder = `${stamp}.${now}`
  for (let i = 1; taken.has(folder); i++) folder = `${stamp}.${now}-${i}`
  await files.makeFolder(`${root}/${folder}`, 0o755)
  for (const [path, file] of payload) {
    const parent = path.split('/').slice(0, -1).join('/')
    if (parent) await files.makeFolder(`${root}/${folder}/${parent}`, 0o755)
    await files.write(`${root}/${folder}/${path}`, file.data, options(file))
  }
  await files.remove(`${root}/${current}_tmp`)
  await files.symlink(folder, `${root}/${current}_tmp`)
  await files.rename(`${root}/${current}_tmp`, `${root}/${current}`)

  const visible = new Set([...payload.keys()].map((path) => path.split('/')[0] ?? path))
  for (const name of visible) if (!taken.has(name)) await files.symlink(`${current}/${name}`, `${root}/${name}`)
  for (const name of taken) {
    if (!name.startsWith('..') && !visible.has(name)) await files.remove(`${root}/${name}`)
    else if (name.startsWith('..') && name !== current) await files.remove(`${root}/${name}`)
  }
  return true
}

function checkPath(path: string): void {
  const parts = path.split('/')
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]?.startsWith('..'))
    throw new Error(`invalid path ${JSON.stringify(path)} in volume: it must stay inside and not start with '..'`)
}

async function holds(files: HostFiles, folder: string, payload: Payload): Promise<boolean> {
  const there = await allFiles(files, folder, '')
  if (there.length !== payload.size) return false
  for (const [path, { data }] of payload) {
    const old = await files.read(`${folder}/${path}`)
    if (!old || old.length !== data.length || old.some((byte, i) => byte !== data[i])) return false
  }
  return true
}

async function allFiles(files: HostFiles, folder: string, prefix: string): Promise<string[]> {
  const found: string[] = []
  for (const name of await files.list(folder)) {
    const info = await files.stat(`${folder}/${name}`)
    if (info?.type === 'folder') found.push(...(await allFiles(files, `${folder}/${name}`, `${prefix}${name}/`)))
    else found.push(`${prefix}${name}`)
  }
  return found
}
