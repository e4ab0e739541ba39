import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** The data folder is unusable: another process holds it, or it is of another kind. The message says what to do. */
export class DataFolderError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DataFolderError'
  }
}

/** The holder of a folder. A pid alone may belong to another process by now. */
interface Owner {
  pid: number
  /** When the process started, in the kernel's ticks; unique together with `boot`. */
  started?: string
  boot?: string
}

/**
 * Makes `folder` and holds it for this process through a lock file with the pid. Takes over the lock of a dead process.
 * @returns a function that releases the folder.
 * @throws DataFolderError if a live process, this one included, holds it.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = join(folder, 'lock')
  const mine = join(folder, `lock.${process.pid}`)
  try {
    // Linking is atomic: two processes never both succeed.
    do {
      takeOver(folder, lock, mine)
      writeOver(mine, JSON.stringify(ownerOf(process.pid)))
    } while (!tryLink(mine, lock))
  } finally {
    rmSync(mine, { force: true })
  }
  return () => rmSync(lock, { force: true })
}

/** Syncs a folder, so that its names, and its own name, survive a power loss. */
export function syncFolder(folder: string): void {
  for (const path of [folder, dirname(folder)]) {
    const fd = openSync(path, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }
}

/** Writes into the existing file: a full disk has no room for another. */
function writeOver(file: string, text: string): void {
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o644)
  try {
    writeSync(fd, text, 0)
    ftruncateSync(fd, Buffer.byteLength(text))
  } finally {
    closeSync(fd)
  }
}

/** The lock of a dead process becomes `mine`. */
function takeOver(folder: string, lock: string, mine: string): void {
  const text = readIfThere(lock)
  if (text === undefined) return
  const owner = parse(text)
  if (owner && isAlive(owner)) {
    const who = owner.pid === process.pid ? 'this process' : `process ${owner.pid}`
    throw new DataFolderError(`the data folder ${folder} is in use by ${who}`)
  }
  try {
    renameSync(lock, mine)
  } catch {
    return
  }
  // Another process may have taken it over between our look and our move: then put its lock back.
  if (readIfThere(mine) === text) return
  tryLink(mine, lock)
  rmSync(mine, { force: true })
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function parse(text: string): Owner | undefined {
  try {
    const owner: Owner = JSON.parse(text)
    return Number.isInteger(owner?.pid) ? owner : undefined
  } catch {
    return undefined
  }
}

function ownerOf(pid: number): Owner {
  const stat = statOf(pid)
  return stat ? { pid, started: stat.started, boot: bootId() } : { pid }
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    // EPERM: it lives, and belongs to another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  if (!owner.started) return true
  const stat = statOf(owner.pid)
  return !stat || (stat.state !== 'Z' && stat.started === owner.started && bootId() === owner.boot)
}

/** Fields 3 and 22 of proc(5)'s `stat`; undefined where there is no /proc. */
function statOf(pid: number): { state: string; started: string } | undefined {
  const text = readIfThere(`/proc/${pid}/stat`)
  // The second field is the program's name in parentheses, which may contain any character.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, started] = [fields?.[0], fields?.[19]]
  return state && started ? { state, started } : undefined
}

const bootId = () => readIfThere('/proc/sys/kernel/random/boot_id')?.trim()
