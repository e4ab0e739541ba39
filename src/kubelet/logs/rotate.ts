import { formatTime } from '../../api/clock.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Host } from '../host/host.ts'
import type { Run } from '../runtime-state.ts'

export interface Rotation {
  maxBytes: number
  maxFiles: number
}

/** Renames a container's log that is too long, makes the runtime reopen it, and keeps the newest `maxFiles - 1` old ones. */
export async function rotateLog(
  run: Run,
  { maxBytes, maxFiles }: Rotation,
  { runtime, host, now }: { runtime: Runtime; host: Host; now: number },
): Promise<boolean> {
  const { files } = host
  const info = await files.stat(run.logPath)
  if (!info || info.size < maxBytes) return false
  const folder = run.logPath.slice(0, run.logPath.lastIndexOf('/'))
  const name = run.logPath.slice(folder.length + 1)
  const stamp = formatTime(now).replace(/[-:TZ]/g, '')
  await files.rename(run.logPath, `${folder}/${name}.${stamp.slice(0, 8)}-${stamp.slice(8)}`)
  await runtime.reopenContainerLog(run.id)
  const old = (await files.list(folder)).filter((n) => n.startsWith(`${name}.`))
  for (const gone of old.slice(0, Math.max(0, old.length - (maxFiles - 1)))) await files.remove(`${folder}/${gone}`)
  return true
}
