import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { UserError } from '../user-error.ts'

/** A process; its start distinguishes it from a later one with the same pid. */
export interface ProcessRecord {
  pid: number
  /** Clock ticks after boot at which it started, from /proc/PID/stat; 0 where there is no /proc. */
  startTicks: number
  /** Milliseconds since 1970. */
  startedAt: number
}

export function recordOf(pid: number, startedAt: number): ProcessRecord {
  return { pid, startTicks: startTicksOf(pid) ?? 0, startedAt }
}

export function writeRecord(file: string, record: ProcessRecord): void {
  mkdirSync(dirname(file), { recursive: true })
  overwrite(file, JSON.stringify(record))
}

/** Overwrites a short file in place: a full disk does not prevent that once the file exists. */
export function overwrite(file: string, text: string): void {
  const fd = openSync(file, existsSync(file) ? 'r+' : 'w')
  try {
    writeSync(fd, text, 0)
    ftruncateSync(fd, Buffer.byteLength(text))
  } finally {
    closeSync(fd)
  }
}

/** The recorded process, if it still runs. */
export function runningProcess(file: string): ProcessRecord | undefined {
  if (!existsSync(file)) return undefined
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord
    return isRunning(record) ? record : undefined
  } catch {
    // Ignore a record cut short by a crash.
    return undefined
  }
}

export function isRunning({ pid, startTicks }: ProcessRecord): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const now = startTicksOf(pid)
  return now === undefined ? startTicks === 0 && !existsSync('/proc/self/stat') : now === startTicks || startTicks === 0
}

/**
 * Holds a lock file while `work` runs; takes over the lock of a dead process.
 * @throws the error that `busy` makes for the process that holds it.
 */
export async function holding<T>(file: string, busy: (pid: number) => Error, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const mine = JSON.stringify(recordOf(process.pid, Date.now()))
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = runningProcess(file)
      if (holder) throw busy(holder.pid)
      rmSync(file, { force: true })
    }
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** Resident memory in bytes; 0 if unknown. */
export function residentBytes(pid: number): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kibibytes ?? 0) * 1024
  } catch {
    return 0
  }
}

/** Undefined for a process that is gone, or a zombie. */
function startTicksOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, in parentheses, may contain anything; the numbers come after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : Number(fields[19])
  } catch {
    return undefined
  }
}

/**
 * Sends `signal` and resolves when the process is gone; after `graceMs` sends SIGKILL.
 * @throws UserError when it is another user's
 */
export async function endProcess(record: ProcessRecord, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const send = (s: NodeJS.Signals) => {
    try {
      process.kill(record.pid, s)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EPERM')
        throw new UserError(`process ${record.pid} belongs to another user; do this as that user, or as root`)
      // It has ended by itself.
    }
  }
  send(signal)
  const deadline = performance.now() + graceMs
  while (isRunning(record)) {
    if (performance.now() > deadline) send('SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
