import { type ExecResult, RuntimeError } from '../runtime.ts'
import type { SimulatedContainer } from './container.ts'

export type ProbeKind = 'startup' | 'readiness' | 'liveness'

/**
 * The command under which a kubelet asks a simulated container for a probe's result, since nothing listens in it.
 * `handler` is `http`, `tcp`, `grpc` or `exec`. A bare `[handler]` is understood too.
 */
export const probeCommand = (kind: ProbeKind, handler: string): string[] => [`k8ts.dev/probe`, kind, handler]

/** What a probe finds, and what a command does in a container: what its annotations or its image say. */
export async function simulatedExec(
  container: SimulatedContainer,
  command: string[],
  now: number,
): Promise<ExecResult> {
  if (!container.running) throw new RuntimeError('Unknown', `container ${container.id} is not running`)
  const { failProbes, probesAfter, probeAfter = {}, exec } = container.behaviour
  const names = probeNames(command)
  if (names) {
    const early = now - container.startedAt < Math.max(probesAfter, ...names.map((name) => probeAfter[name] ?? 0))
    const fails = early || failProbes.some((failing) => failing === 'true' || names.includes(failing))
    if (fails) return { stdout: `simulated ${names.join(' ')} probe fails`, stderr: '', exitCode: 1 }
    if (!names.includes('exec')) return { stdout: '', stderr: '', exitCode: 0 }
  }
  return (!names && (await exec?.(command, ''))) || annotatedResult(container)
}

/** How it answers commands, given all of their input. Undefined: it has no answer. */
export function simulatedAnswers(
  container: SimulatedContainer,
): ((command: string[], stdin: string) => Promise<ExecResult>) | undefined {
  const { exec, execOutput, execError, execCode } = container.behaviour
  if (exec) return async (command, stdin) => exec(command, stdin)
  const isAnnotated = execOutput !== undefined || execError !== undefined || execCode !== undefined
  return isAnnotated ? async () => annotatedResult(container) : undefined
}

const annotatedResult = ({
  behaviour: { execOutput = '', execError = '', execCode = 0 },
}: SimulatedContainer): ExecResult => ({
  stdout: execOutput,
  stderr: execError,
  exitCode: execCode,
})

const handlers = ['http', 'tcp', 'grpc']

function probeNames(command: string[]): string[] | undefined {
  const [first = '', ...rest] = command
  if (first === 'k8ts.dev/probe') return rest
  return rest.length === 0 && handlers.includes(first) ? [first] : undefined
}
