import type { HostFiles } from '../host/host.ts'
import { parseLogLine } from './cri-format.ts'

/** The text of the last lines of a log in CRI's format, at most `maxBytes` of it. */
export async function lastLines(files: HostFiles, path: string, lines: number, maxBytes: number): Promise<string> {
  const info = await files.stat(path)
  if (!info) return ''
  // Each line carries about 45 bytes of time and stream besides its text.
  const window = Math.min(info.size, maxBytes + lines * 64)
  const bytes = await files.readAt(path, info.size - window, window)
  const rows = new TextDecoder().decode(bytes).split('\n')
  if (window < info.size) rows.shift()
  const parsed = rows.map(parseLogLine).filter((line) => line !== undefined)
  const text = parsed
    .slice(-lines)
    .map((line) => (line.partial ? line.text : `${line.text}\n`))
    .join('')
  return text.slice(-maxBytes)
}
