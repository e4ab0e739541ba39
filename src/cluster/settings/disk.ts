import { existsSync, lstatSync, mkdirSync, realpathSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { UserError } from '../user-error.ts'

/** The minimum free space for `up`. */
const leastFree = 64 * 2 ** 20

/** @throws UserError when the disk is full. */
export function checkRoom(dataDir: string): void {
  const { bavail, bsize } = statfsSync(dataDir)
  if (bavail * bsize >= leastFree) return
  const left = Math.floor((bavail * bsize) / 2 ** 20)
  throw new UserError(
    `the disk of the data folder ${dataDir} is full: ${left} MiB are left, ${leastFree / 2 ** 20} are needed`,
  )
}

/** A clear error for a folder's failure; passes on other errors. */
export function diskError(folder: string, error: unknown): unknown {
  const says: Record<string, string> = {
    EACCES: 'may not be written by this user',
    EPERM: 'may not be written by this user',
    EROFS: 'is on a file system that cannot be written',
    ENOSPC: 'is on a disk that is full',
    EDQUOT: 'is over its disk quota',
    ENOTDIR: 'is no folder',
    EEXIST: 'is no folder',
    ENOENT: 'cannot be made',
  }
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return says[code] ? new UserError(`the data folder ${folder} ${says[code]} (${code})`) : error
}

/** Step by step: where no folder can be made, as in /proc, Node's own recursion does not end. */
export function makeFolder(folder: string): void {
  if (existsSync(folder) && lstatSync(realpathSync(folder)).isDirectory()) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o755 })
}
