import { graceSeconds } from '../../api/core/pods.ts'
import { messageOf } from '../../api/errors.ts'
import type { Context } from '../../controller/controller.ts'
import type { PodSandboxConfig, PodSandboxStatus, Runtime } from '../../runtime/runtime.ts'
import { type ContainerFacts, containerConfig } from '../container/config.ts'
import { ConfigError } from '../container/env.ts'
import { runHook } from '../container/hooks.ts'
import { hostsFile, podHostname } from '../container/hostname.ts'
import { hostsPath, podDir } from '../container/paths.ts'
import type { Host } from '../host/host.ts'
import type { KubePod } from '../pod.ts'
import type { Settings } from '../settings.ts'
import type { StartAction } from './actions.ts'

/** Why a container could not start: the waiting reason of its status. */
export class StartError extends Error {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

export interface StartTools {
  ctx: Context
  runtime: Runtime
  host: Host
  settings: Settings
}

/**
 * Creates and starts one container and runs its postStart hook.
 * @param stop ends the wait for the hook: the pod is terminating.
 * @throws StartError
 */
export async function startContainer(
  pod: KubePod,
  { container, attempt }: StartAction,
  sandbox: { status: PodSandboxStatus; config: PodSandboxConfig },
  facts: Omit<ContainerFacts, 'attempt' | 'runId' | 'settings' | 'host'>,
  { ctx, runtime, host, settings }: StartTools,
  stop: AbortSignal,
): Promise<void> {
  const { fieldPath } = container
  const fail = (reason: string, error: unknown, event = 'Failed'): never => {
    ctx.events.record(pod, 'Warning', event, `Error: ${messageOf(error)}`, fieldPath)
    throw new StartError(reason, messageOf(error))
  }
  const runId = ctx.random.uuid().slice(0, 8)
  const config = await containerConfig(pod, container, { ...facts, attempt, runId, settings, host }).catch(
    (error: unknown) =>
      fail(error instanceof ConfigError ? 'CreateContainerConfigError' : 'CreateContainerError', error),
  )
  const id = await runtime
    .createContainer(sandbox.status.id, config, sandbox.config)
    .catch((error: unknown) => fail('CreateContainerError', error))
  ctx.events.record(pod, 'Normal', 'Created', 'Container created', fieldPath)
  await runtime.startContainer(id).catch((error: unknown) => fail('RunContainerError', error))
  ctx.events.record(pod, 'Normal', 'Started', 'Container started', fieldPath)

  const hook = container.spec.lifecycle?.postStart
  if (!hook) return
  const podIp = sandbox.status.ips[0] ?? settings.nodeIp
  const aborted = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
  const done = runHook(hook, container, { id, podIp }, { runtime, host, clock: ctx.clock })
  try {
    await Promise.race([done, aborted])
    done.catch(() => undefined)
  } catch (error) {
    ctx.events.record(pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', fieldPath)
    ctx.log.debug('postStart hook failed', { container: container.spec.name, error: messageOf(error) })
    ctx.events.record(pod, 'Normal', 'Killing', 'FailedPostStartHook', fieldPath)
    await runtime.stopContainer(id, graceSeconds(pod)).catch(() => undefined)
    throw new StartError('PostStartHookError', messageOf(error))
  }
}

/** Writes the pod's /etc/hosts; `hostText` is the machine's own. */
export async function writeHosts(
  pod: KubePod,
  ips: string[],
  { host, settings }: Pick<StartTools, 'host' | 'settings'>,
): Promise<void> {
  if (host.simulated) return
  const own = pod.spec.hostNetwork ? await host.files.read('/etc/hosts') : undefined
  const name = podHostname(pod, settings.hostname, settings.clusterDomain)
  await host.files.makeFolder(podDir(settings, pod.metadata.uid))
  const content = hostsFile(pod, ips, name, own ? new TextDecoder().decode(own) : '')
  await host.files.write(hostsPath(settings, pod.metadata.uid), content, { mode: 0o644 })
}
