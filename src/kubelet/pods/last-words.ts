import { criAnnotations } from '../container/labels.ts'
import type { Host } from '../host/host.ts'
import { lastLines } from '../logs/tail.ts'
import type { Run } from '../runtime-state.ts'

const maxBytes = 4096
const maxLogBytes = 2048
const maxLogLines = 80

/**
 * What a container left to say when it ended: its termination message file, or the end of its log when it failed with an
 * empty file and asked for that. Found by what the runtime knows, so that it works after a restart of the kubelet.
 */
export async function lastWords(run: Run, host: Host): Promise<string> {
  const path = run.annotations[criAnnotations.terminationMessagePath]
  const file = run.mounts.find((m) => m.containerPath === path)?.hostPath
  if (!path || !file) return ''
  const info = await host.files.stat(file)
  const bytes = info && info.size > 0 ? await host.files.readAt(file, 0, maxBytes) : undefined
  if (bytes && bytes.length > 0) return new TextDecoder().decode(bytes)
  const fallsBack = run.annotations[criAnnotations.terminationMessagePolicy] === 'FallbackToLogsOnError'
  if (!fallsBack || run.exitCode === 0 || !run.logPath) return ''
  return lastLines(host.files, run.logPath, maxLogLines, maxLogBytes)
}
