import type { Container, HTTPGetAction, Probe } from '../../api/core/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { type ProbeKind, probeCommand } from '../../runtime/simulated/exec.ts'
import { httpUrl, portOf } from '../container/http-action.ts'
import type { Host, HostNetwork } from '../host/host.ts'
import type { Run } from '../runtime-state.ts'

export interface ProbeResult {
  ok: boolean
  /** The message of the Event. */
  output: string
}

export interface ProbeTarget {
  kind: ProbeKind
  run: Run
  container: Container
  podIp: string
}

const maxOutput = 10 * 1024
const trimmed = (text: string) => text.slice(0, maxOutput)

/** Runs one probe once. A probe that cannot run counts as failed. */
export async function runProbe(
  probe: Probe,
  { kind, run, container, podIp }: ProbeTarget,
  { runtime, host }: { runtime: Runtime; host: Host },
): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  try {
    // Nothing listens in a simulated pod: its runtime decides the result of every kind of probe.
    if (probe.exec || host.simulated) {
      const handler = probe.exec ? 'exec' : probe.httpGet ? 'http' : probe.grpc ? 'grpc' : 'tcp'
      const command = host.simulated ? probeCommand(kind, handler) : (probe.exec?.command ?? [])
      const { exitCode, stdout, stderr } = await runtime.execSync(run.id, command, timeoutMs / 1000)
      return { ok: exitCode === 0, output: trimmed(stdout + stderr) }
    }
    if (probe.httpGet) return await probeHttp(probe.httpGet, container, podIp, timeoutMs, host.network)
    if (probe.tcpSocket) {
      await host.network.tcp(probe.tcpSocket.host || podIp, portOf(container, probe.tcpSocket.port), timeoutMs)
      return { ok: true, output: '' }
    }
    if (probe.grpc) {
      const { port, service = '' } = probe.grpc
      const status = await host.network.grpcHealth(podIp, port, service, timeoutMs)
      return { ok: status === 'SERVING', output: `service unhealthy (responded with "${status}")` }
    }
    return { ok: false, output: 'missing probe handler' }
  } catch (error) {
    return { ok: false, output: trimmed(messageOf(error)) }
  }
}

async function probeHttp(
  action: HTTPGetAction,
  container: Container,
  podIp: string,
  timeoutMs: number,
  network: HostNetwork,
): Promise<ProbeResult> {
  const { status, body } = await network.http({
    url: httpUrl(action, container, podIp),
    headers: [
      { name: 'User-Agent', value: 'kube-probe/1.36' },
      { name: 'Accept', value: '*/*' },
      ...(action.httpHeaders ?? []),
    ],
    timeoutMs,
  })
  const ok = status >= 200 && status < 400
  return { ok, output: ok ? trimmed(body) : `HTTP probe failed with statuscode: ${status}` }
}
