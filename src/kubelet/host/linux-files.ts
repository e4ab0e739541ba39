import { watch as watchFolder } from 'node:fs'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  statfs,
  symlink,
} from 'node:fs/promises'
import type { DiskUsage, FileInfo, HostFiles } from './host.ts'

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export const linuxFiles: HostFiles = {
  async makeFolder(path, mode = 0o750) {
    const made = await mkdir(path, { recursive: true, mode })
    // The umask must not decide what containers may do.
    if (made !== undefined) await chmod(path, mode)
  },
  async write(path, data, { mode = 0o644, uid, gid } = {}) {
    const file = await open(path, 'w', mode)
    try {
      await file.writeFile(data)
      await file.chmod(mode)
      if (uid !== undefined || gid !== undefined) await file.chown(uid ?? -1, gid ?? -1)
    } finally {
      await file.close()
    }
  },
  read: (path) => orUndefined(readFile(path)),
  async readAt(path, offset, length) {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  },
  async stat(path) {
    const s = await orUndefined(stat(path))
    if (!s) return undefined
    const type: FileInfo['type'] = s.isFile()
      ? 'file'
      : s.isDirectory()
        ? 'folder'
        : s.isSocket()
          ? 'socket'
          : s.isCharacterDevice()
            ? 'char'
            : s.isBlockDevice()
              ? 'block'
              : 'other'
    return { type, size: s.size, mode: s.mode & 0o7777, inode: s.ino, modifiedMs: s.mtimeMs }
  },
  list: async (path) => ((await orUndefined(readdir(path))) ?? []).sort(),
  symlink: (target, path) => symlink(target, path),
  readlink: async (path) => orUndefined(readlink(path)),
  rename: (from, to) => rename(from, to),
  chmod: (path, mode) => chmod(path, mode),
  chown: (path, uid, gid) => chown(path, uid, gid),
  chownGroup,
  remove: (path) => rm(path, { recursive: true, force: true }),
  watch(path, changed) {
    const watcher = watchFolder(path, () => changed())
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  },
  async diskSpace(path) {
    const s = await statfs(path)
    return {
      capacityBytes: s.bsize * s.blocks,
      availableBytes: s.bsize * s.bavail,
      inodes: s.files,
      inodesFree: s.ffree,
    }
  },
  diskUsage: (path) => diskUsage(path),
}

async function chownGroup(
  path: string,
  gid: number,
  { onRootMismatch, readonly }: { onRootMismatch: boolean; readonly: boolean },
): Promise<void> {
  const root = await stat(path)
  const wanted = readonly ? 0o2550 : 0o2770
  if (onRootMismatch && root.gid === gid && (root.mode & wanted) === wanted) return
  const names = await readdir(path, { recursive: true })
  for (const entry of [...names.map((name) => `${path}/${name}`), path]) {
    const s = await lstat(entry)
    if (s.isSymbolicLink()) continue
    await chown(entry, s.uid, gid)
    const group = readonly ? 0o440 : 0o660
    await chmod(entry, (s.mode & 0o7777) | (s.isDirectory() ? group | 0o2110 : group))
  }
}

async function diskUsage(path: string, device?: number): Promise<DiskUsage> {
  const own = await orUndefined(lstat(path))
  if (!own || own.dev !== (device ?? own.dev)) return { bytes: 0, inodes: 0 }
  const names = own.isDirectory() ? ((await orUndefined(readdir(path))) ?? []) : []
  const below = await Promise.all(names.map((name) => diskUsage(`${path}/${name}`, own.dev)))
  return {
    bytes: below.reduce((sum, { bytes }) => sum + bytes, own.blocks * 512),
    inodes: below.reduce((sum, { inodes }) => sum + inodes, 1),
  }
}
