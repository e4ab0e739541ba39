import { type ExecResult, RuntimeError } from '../runtime.ts'
import type { SimulatedContainer } from './container.ts'

export type ProbeKind = 'startup' | 'readiness' | 'liveness'

/**
 * The command under which a kubelet asks a simulated container for a probe's result, since nothing listens in it.
 * `handler` is `http`, `tcp`, `grpc` or `exec`. A bare `[handler]` is understood too.
 */
export const probeCommand = (kind: ProbeKind, handler: string): string[] => [`k8ts.dev/probe`, kind, handler]

/** What a command does in a container: what its annotations say. */
export function simulatedExec(container: SimulatedContainer, command: string[], now: number): ExecResult {
  if (!container.running) throw new RuntimeError('Unknown', `container ${container.id} is not running`)
  const { failProbes, probesAfter, execOutput, execError, execCode } = container.behaviour
  const names = probeNames(command)
  if (names) {
    const early = now - container.startedAt < probesAfter
    const fails = early || failProbes.some((failing) => failing === 'true' || names.includes(failing))
    if (fails) return { stdout: `simulated ${names.join(' ')} probe fails`, stderr: '', exitCode: 1 }
    if (!names.includes('exec')) return { stdout: '', stderr: '', exitCode: 0 }
  }
  return { stdout: execOutput, stderr: execError, exitCode: execCode }
}

const handlers = ['http', 'tcp', 'grpc']

function probeNames(command: string[]): string[] | undefined {
  const [first = '', ...rest] = command
  if (first === 'k8ts.dev/probe') return rest
  return rest.length === 0 && handlers.includes(first) ? [first] : undefined
}
