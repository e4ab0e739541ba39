import { pathsOf } from '../settings/paths.ts'
import type { Settings } from '../settings/settings.ts'
import { logLine } from './log-line.ts'
import { type Member, Supervisor } from './supervisor.ts'

/** A small young generation costs little speed and keeps idle memory low; the API server makes the most garbage. */
const young = (megabytes: number) => [`--max-semi-space-size=${megabytes}`]

/**
 * Of each request some kilobytes outlive the young generation: Node's tables of HTTP/2 streams hold on to them. By itself
 * V8 lets such garbage grow to four times of what is live before it looks; twice is much less memory for little work.
 */
export const controlPlaneFlags = [...young(8), '--heap-growing-percent=100']

/** The processes that a cluster consists of. */
export function membersOf({ dataDir, name, runtime }: Settings, verbose: boolean): Member[] {
  const args = ['--name', name, '--data-dir', dataDir, ...(verbose ? ['-v'] : [])]
  return [
    { name: 'control-plane', args: ['control-plane', ...args], nodeFlags: controlPlaneFlags },
    ...(runtime === 'containerd' ? [{ name: 'node-agent', args: ['node-agent', ...args], nodeFlags: young(2) }] : []),
  ]
}

/** Runs the supervisor in this process. The process stays as long as the cluster: this module loads little. */
export function superviseHere(settings: Settings, verbose: boolean): Supervisor {
  const { logs, run } = pathsOf(settings.dataDir)
  return new Supervisor({
    members: membersOf(settings, verbose),
    logDir: logs,
    runDir: run,
    ended: (name, how, again) => logLine(`k8ts: ${name} ${how}; starting it again in ${again} ms`),
  })
}
