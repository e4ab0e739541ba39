import { type Clock, sleep } from '../../api/clock.ts'
import type { LifecycleHandler } from '../../api/core/v1/index.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Host } from '../host/host.ts'
import type { PodContainer } from '../pod.ts'
import { httpUrl } from './http-action.ts'

/**
 * Runs a postStart or preStop hook to its end; one that sleeps, until `end` at the most. `tcpSocket` is accepted and does
 * nothing, as upstream.
 * @throws Error saying why it failed.
 */
export async function runHook(
  hook: LifecycleHandler,
  { spec }: PodContainer,
  { id, podIp }: { id: string; podIp: string },
  { runtime, host, clock }: { runtime: Runtime; host: Host; clock: Clock },
  end?: AbortSignal,
): Promise<void> {
  if (hook.exec) {
    const command = hook.exec.command ?? []
    const { exitCode, stdout, stderr } = await runtime.execSync(id, command, 0)
    if (exitCode !== 0)
      throw new Error(
        `Exec lifecycle hook (${JSON.stringify(command)}) for Container "${spec.name}" failed - error: command '${command.join(' ')}' exited with ${exitCode}: ${stderr}, message: ${JSON.stringify(stdout + stderr)}`,
      )
  } else if (hook.sleep) {
    await sleep(clock, Number(hook.sleep.seconds) * 1000, end)
  } else if (hook.httpGet && !host.simulated) {
    const url = httpUrl(hook.httpGet, spec, podIp)
    const headers = [{ name: 'User-Agent', value: 'kube-lifecycle/1.36' }, ...(hook.httpGet.httpHeaders ?? [])]
    await host.network.http({ url, headers, timeoutMs: 30_000 })
  }
}
