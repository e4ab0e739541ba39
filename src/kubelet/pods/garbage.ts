import { qosClasses } from '../../api/core/qos.ts'
import { criLabels } from '../container/labels.ts'
import { podCgroup, podDir, qosCgroup } from '../container/paths.ts'
import type { Host } from '../host/host.ts'
import type { KubePod } from '../pod.ts'
import { newest, type PodState } from '../runtime-state.ts'
import type { NodeServices } from './node-services.ts'

/** How many dead runs of each container to keep: none, the newest, or the one before it as well. */
export type Keep = 'none' | 'newest' | 'previous'

/**
 * Removes old runs of a pod's containers, with their logs. Of each container, the newest run and the last dead one before it
 * stay, or fewer.
 */
export async function collectRuns(
  state: PodState,
  { runtime, host, ctx }: Pick<NodeServices, 'runtime' | 'host' | 'ctx'>,
  keep: Keep = 'previous',
): Promise<void> {
  const kept = new Set<string>()
  for (const name of new Set(state.containers.map((c) => c.metadata.name))) {
    const latest = newest(state, name)
    const dead = state.containers.find((c) => c.metadata.name === name && c.state === 'EXITED' && c.id !== latest?.id)
    if (latest && keep !== 'none') kept.add(latest.id)
    // A dead newest run is itself the one that `logs --previous` shows.
    if (dead && keep === 'previous') kept.add(dead.id)
  }
  const quietly = (what: string, asked: Promise<void>) =>
    asked.catch((error: unknown) => ctx.log.debug(`cannot remove a ${what}`, { error: String(error) }))
  for (const run of state.containers)
    if (run.state === 'EXITED' && !kept.has(run.id)) {
      await quietly('container', runtime.removeContainer(run.id))
      if (!host.simulated) await quietly('log', removeLog(run.logPath, host))
    }
  for (const sandbox of state.sandboxes.slice(1)) {
    const used = state.containers.some((c) => c.podSandboxId === sandbox.id && kept.has(c.id))
    if (sandbox.state === 'NOTREADY' && !used) await quietly('sandbox', runtime.removePodSandbox(sandbox.id))
  }
}

/** Includes the rotated files. */
async function removeLog(path: string, { files }: Host): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'))
  const name = path.slice(folder.length + 1)
  for (const found of await files.list(folder))
    if (found === name || found.startsWith(`${name}.`)) await files.remove(`${folder}/${found}`)
}

/** A pod made from the runtime's data, for a pod that no source has: enough to stop and remove it. */
export function orphanOf(uid: string, state: PodState): KubePod {
  const labels: Record<string, string> = state.sandboxes[0]?.labels ?? state.containers[0]?.labels ?? {}
  const grace = state.containers[0]?.annotations['io.kubernetes.pod.terminationGracePeriod']
  const names = new Set(state.containers.map((c) => c.metadata.name))
  return {
    metadata: {
      uid,
      name: labels[criLabels.podName] ?? '',
      namespace: labels[criLabels.podNamespace] ?? '',
      resourceVersion: '0',
      creationTimestamp: '',
    },
    spec: {
      containers: [...names].map((name) => ({ name })),
      ...(grace && { terminationGracePeriodSeconds: Number(grace) }),
    },
    status: {},
  }
}

/** Removes folders, mounts and cgroups of pods that are neither known nor in the runtime: left by a kubelet that died. */
export async function collectRemains(
  isKnown: (uid: string) => boolean,
  { host, settings, volumes, ctx }: Pick<NodeServices, 'host' | 'settings' | 'volumes' | 'ctx'>,
): Promise<void> {
  if (host.simulated) return
  const pods = podDir(settings, '').replace(/\/$/, '')
  for (const uid of await host.files.list(pods)) {
    if (isKnown(uid)) continue
    ctx.log.info('clearing away what is left of a pod', { uid })
    await volumes.unmount(uid)
  }
  for (const name of await host.files.list(settings.logsDir)) {
    const uid = name.split('_')[2]
    if (uid && !isKnown(uid)) await host.files.remove(`${settings.logsDir}/${name}`)
  }
  for (const qos of qosClasses) {
    for (const name of await host.cgroups.children(qosCgroup(settings.cgroupRoot, qos))) {
      const uid = name.startsWith('pod') ? name.slice(3) : ''
      if (uid && !isKnown(uid)) await host.cgroups.remove(podCgroup(settings.cgroupRoot, qos, uid))
    }
  }
}
