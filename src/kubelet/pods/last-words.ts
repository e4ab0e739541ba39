import { criAnnotations } from '../container/labels.ts'
import type { Host } from '../host/host.ts'
import { lastLines } from '../logs/tail.ts'
import type { PodState, Run } from '../runtime-state.ts'

const maxBytes = 4096
const maxLogBytes = 2048
const maxLogLines = 80

/** The termination messages of one pod's containers, each read once. */
export class LastWords {
  readonly #host: Host
  readonly #texts = new Map<string, string>()

  constructor(host: Host) {
    this.#host = host
  }

  of(run: Run): string | undefined {
    return this.#texts.get(run.id)
  }

  async read({ containers }: PodState): Promise<void> {
    const exited = containers.filter((run) => run.state === 'EXITED' && !this.#texts.has(run.id))
    await Promise.all(
      exited.map(async (run) => this.#texts.set(run.id, await lastWords(run, this.#host).catch(() => ''))),
    )
  }
}

/**
 * A container's termination message: its file, or the end of its log if it failed with an empty file and its spec asks for
 * that. Uses only the runtime's data, so that it works after a restart of the kubelet.
 */
async function lastWords(run: Run, host: Host): Promise<string> {
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
