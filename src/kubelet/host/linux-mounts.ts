import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { promisify } from 'node:util'
import type { HostMounts } from './host.ts'

const run = promisify(execFile)

/** The program's own error for a failed mount. */
async function mount(...args: string[]): Promise<void> {
  try {
    await run('mount', args)
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new Error(words || String(error))
  }
}

async function mountPoints(): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8')
  const plainPath = (path: string) =>
    path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  return table
    .split('\n')
    .map((line) => plainPath(line.split(' ')[4] ?? ''))
    .filter((path) => path !== '')
}

export const linuxMounts: HostMounts = {
  async tmpfs(path, sizeBytes) {
    if ((await mountPoints()).includes(await realpath(path))) return
    const { mode } = await stat(path)
    const options = [`mode=${(mode & 0o7777).toString(8)}`, ...(sizeBytes ? [`size=${sizeBytes}`] : [])]
    await mount('-t', 'tmpfs', '-o', options.join(), 'tmpfs', path)
  },
  async bindInside(root, subPath, target) {
    if ((await mountPoints()).includes(target)) return
    const from = await realpath(root)
    // Create it if missing, then resolve it, then open it step by step without following any link: whatever a
    // container does to the volume meanwhile, the mount is of something inside of it.
    await makeInside(from, subPath)
    const resolved = await realpath(`${from}/${subPath}`)
    const inside = relative(from, resolved)
    if (isOutside(inside)) throw new Error(`subpath ${JSON.stringify(subPath)} not within volume path`)
    const handle = await openInside(from, inside)
    try {
      const isFolder = (await handle.stat()).isDirectory()
      await mkdir(isFolder ? target : dirname(target), { recursive: true, mode: 0o750 })
      if (!isFolder) await writeFile(target, '')
      await mount('--no-canonicalize', '--bind', `/proc/${process.pid}/fd/${handle.fd}`, target)
    } finally {
      await handle.close()
    }
  },
  async below(path) {
    const real = await realpath(path).catch(() => path)
    return (await mountPoints())
      .filter((p) => p === real || p.startsWith(`${real}/`))
      .sort((a, b) => b.length - a.length)
  },
  async unmount(path) {
    await run('umount', [path]).catch(() => run('umount', ['-l', path]))
  },
}

/** Names may begin with two dots, as those of atomically written volumes do. */
const isOutside = (path: string): boolean => path === '..' || path.startsWith('../')

const O_PATH = 0o10000000
const noFollow = O_PATH | constants.O_NOFOLLOW

/** Opens `path` below `root`, one name after the other. */
async function openInside(root: string, path: string): Promise<FileHandle> {
  let handle = await open(root, O_PATH | constants.O_DIRECTORY)
  for (const name of path.split('/').filter((n) => n !== '')) {
    const next = await open(`/proc/self/fd/${handle.fd}/${name}`, noFollow).finally(() => handle.close())
    if ((await next.stat()).isSymbolicLink()) {
      await next.close()
      throw new Error(`${JSON.stringify(name)} is a link`)
    }
    handle = next
  }
  return handle
}

/** Makes the missing folders of `path`; existing ones may be links, which the caller checks afterwards. */
async function makeInside(root: string, path: string): Promise<void> {
  const there = await stat(`${root}/${path}`).catch(() => undefined)
  if (there) return
  let known = root
  for (const name of path.split('/').filter((n) => n !== '' && n !== '.')) {
    const real = await realpath(`${known}/${name}`).catch(() => undefined)
    if (real === undefined) {
      // Create it below the opened folder, since the path may lead elsewhere by now.
      const parent = await openInside(root, relative(root, known))
      try {
        await mkdir(`/proc/self/fd/${parent.fd}/${name}`, { mode: 0o750 })
      } finally {
        await parent.close()
      }
      known = `${known}/${name}`
    } else {
      if (isOutside(relative(root, real))) throw new Error(`subpath ${JSON.stringify(path)} not within volume path`)
      known = real
    }
  }
}
