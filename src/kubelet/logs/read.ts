import type { Clock } from '../../api/clock.ts'
import type { HostFiles } from '../host/host.ts'
import { parseLogLine } from './cri-format.ts'

export interface LogOptions {
  follow: boolean
  timestamps: boolean
  tailLines?: number
  /** Lines from then on; ms since 1970. */
  since?: number
  limitBytes?: number
  stream?: 'stdout' | 'stderr'
}

export interface LogSource {
  files: Pick<HostFiles, 'stat' | 'readAt' | 'watch'>
  path: string
  /** For file systems that may miss changes: makes extra checks now and then. */
  clock?: Clock
  /** Whether more may be written. */
  isRunning(): boolean | Promise<boolean>
  signal: AbortSignal
}

const block = 64 * 1024
/** Interval of checks for file systems that do not report changes. */
const pollMs = 500

/** The text of a container's log, in pieces, as `kubectl logs` requests it. Follows rotation of the file. */
export async function* readLog(source: LogSource, options: LogOptions): AsyncGenerator<Uint8Array> {
  const { files, path, signal } = source
  const budget = { left: options.limitBytes ?? Number.POSITIVE_INFINITY }
  let info = await files.stat(path)
  if (!info) return
  let offset = options.tailLines === undefined ? 0 : await tailOffset(files, path, info.size, options.tailLines)
  let rest = new Uint8Array()
  for (;;) {
    // Start to watch before reading, so that no change is missed.
    const next = options.follow ? nextChange(source) : undefined
    try {
      // Check before reading: the last output of an ended container is still read then.
      const mayGrow = next !== undefined && (await source.isRunning())
      for (;;) {
        const bytes = await files.readAt(path, offset, block).catch(() => new Uint8Array())
        if (bytes.length === 0) break
        offset += bytes.length
        const cut = linesOf(concat(rest, bytes), options, budget)
        rest = cut.rest
        if (cut.out.length > 0) yield cut.out
        if (budget.left <= 0 || signal.aborted) return
      }
      if (!mayGrow || signal.aborted) return
      await next.happens
    } finally {
      next?.forget()
    }
    const now = await files.stat(path)
    if (now && (now.inode !== info.inode || now.size < offset)) {
      offset = 0
      info = now
    }
  }
}

/** `happens` resolves when the file may have grown, or the reader is gone. */
function nextChange({ files, path, clock, signal }: LogSource): { happens: Promise<void>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const give = () => resolve()
  signal.addEventListener('abort', give, { once: true })
  let unwatch = () => {}
  try {
    unwatch = files.watch(path, give)
  } catch {
    // Being rotated right now: the pause is enough.
  }
  const cancel = clock?.after(pollMs, give)
  return {
    happens: promise,
    forget() {
      signal.removeEventListener('abort', give)
      cancel?.()
      unwatch()
    },
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const newline = 10

function linesOf(
  bytes: Uint8Array,
  { since, timestamps, stream }: LogOptions,
  budget: { left: number },
): { out: Uint8Array; rest: Uint8Array<ArrayBuffer> } {
  const end = bytes.lastIndexOf(newline) + 1
  let text = ''
  if (end > 0) {
    for (const row of decoder.decode(bytes.subarray(0, end - 1)).split('\n')) {
      const line = parseLogLine(row)
      if (!line || (stream && line.stream !== stream)) continue
      if (since !== undefined && Date.parse(line.time) < since) continue
      text += `${timestamps ? `${line.time} ` : ''}${line.text}${line.partial ? '' : '\n'}`
    }
  }
  let out = encoder.encode(text)
  if (out.length > budget.left) out = out.subarray(0, budget.left)
  budget.left -= out.length
  return { out, rest: bytes.slice(end) }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const sum = new Uint8Array(a.length + b.length)
  sum.set(a)
  sum.set(b, a.length)
  return sum
}

/** Where the last `lines` lines begin. */
async function tailOffset(files: LogSource['files'], path: string, size: number, lines: number): Promise<number> {
  if (lines <= 0) return size
  let found = 0
  for (let end = size; end > 0; end -= block) {
    const start = Math.max(0, end - block)
    const bytes = await files.readAt(path, start, end - start)
    for (let i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] !== newline || start + i === size - 1) continue
      found += 1
      if (found === lines) return start + i + 1
    }
  }
  return 0
}
