import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

export interface RotationOptions {
  /** A full file is kept beside the new one. Bytes. */
  maxBytes: number
  /** So many full files are kept. 0: all. */
  maxBackups: number
  /** Full files are kept so long. Milliseconds; 0: for ever. */
  maxAgeMs: number
  /** Full files are compressed. */
  compress: boolean
}

export interface RotatingFile {
  /** Writes at once. @throws Error when the disk does not take it */
  write(text: string): void
  close(): void
}

/** A file that lines are added to. When it is full it gets the time in its name, `audit-2026-01-01T00-00-00.000.log`. */
export function rotatingFile(path: string, options: RotationOptions, now: () => number): RotatingFile {
  mkdirSync(dirname(path), { recursive: true })
  let file = openSync(path, 'a', 0o600)
  let size = fstatSync(file).size

  function rotate(): void {
    closeSync(file)
    const backup = nameOfBackup(path, now())
    renameSync(path, backup)
    file = openSync(path, 'a', 0o600)
    size = 0
    removeOld(path, options, now())
    // Compressing is a courtesy: a file that could not be compressed stays as it is.
    if (options.compress) void compressed(backup).catch(() => {})
  }

  return {
    write(text) {
      const bytes = Buffer.from(text)
      if (size > 0 && size + bytes.length > options.maxBytes) rotate()
      writeSync(file, bytes)
      size += bytes.length
    },
    close: () => closeSync(file),
  }
}

function nameOfBackup(path: string, now: number): string {
  const extension = extname(path)
  const time = new Date(now).toISOString().replace('Z', '').replaceAll(':', '-')
  return join(dirname(path), `${basename(path, extension)}-${time}${extension}`)
}

function removeOld(path: string, { maxBackups, maxAgeMs }: RotationOptions, now: number): void {
  const extension = extname(path)
  const stem = `${basename(path, extension)}-`
  const backups = readdirSync(dirname(path))
    .flatMap((name) => {
      const plain = name.replace(/\.gz$/, '')
      if (!plain.startsWith(stem) || !plain.endsWith(extension)) return []
      const text = plain.slice(stem.length, plain.length - extension.length)
      const time = Date.parse(`${text.replace(/T(\d\d)-(\d\d)-(\d\d)/, 'T$1:$2:$3')}Z`)
      return Number.isNaN(time) ? [] : [{ name, time }]
    })
    .sort((a, b) => b.time - a.time)
  backups.forEach(({ name, time }, i) => {
    const tooMany = maxBackups > 0 && i >= maxBackups
    const tooOld = maxAgeMs > 0 && time < now - maxAgeMs
    if (tooMany || tooOld) rmSync(join(dirname(path), name), { force: true })
  })
}

async function compressed(file: string): Promise<void> {
  await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.gz`, { mode: 0o600 }))
  rmSync(file, { force: true })
}
