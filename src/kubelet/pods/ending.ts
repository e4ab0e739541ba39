import { Pods } from '../../api/core/v1/index.ts'
import { ApiError } from '../../api/errors.ts'
import { RuntimeError } from '../../runtime/runtime.ts'
import { podCgroup, podLogsDir } from '../container/paths.ts'
import { qosClass } from '../container/qos.ts'
import { findContainer, initContainersOf, type KubePod } from '../pod.ts'
import { newest, type PodState, type Run } from '../runtime-state.ts'
import type { NodeServices } from './node-services.ts'

export type EndServices = Pick<NodeServices, 'ctx' | 'settings' | 'runtime' | 'host' | 'killer' | 'statuses'> & Release

type Release = Pick<NodeServices, 'volumes' | 'host' | 'settings' | 'objects' | 'images'>

/** When a pod's active deadline passes: ms since 1970. */
export const deadlineOf = ({ spec, status }: KubePod): number | undefined =>
  spec.activeDeadlineSeconds !== undefined && status.startTime
    ? Date.parse(status.startTime) + Number(spec.activeDeadlineSeconds) * 1000
    : undefined

/**
 * The grace period of a pod's containers from now on, in ms: that of its deletion, else of its spec, else 30 s, but at most
 * `most` seconds. It is at least one second.
 */
export function graceMsOf({ metadata, spec }: KubePod, most = Number.POSITIVE_INFINITY): number {
  // A deletion with 0 removes the object at once, without a grace period for the kubelet.
  const wanted = metadata.deletionGracePeriodSeconds || (spec.terminationGracePeriodSeconds ?? 30)
  return Math.max(Math.min(Number(wanted), most), 1) * 1000
}

/**
 * Stops all containers of a pod by one deadline: their preStop hooks run at once; then app containers end, and after them the
 * sidecars, the last first (KEP-753).
 */
export function killAll(
  pod: KubePod,
  running: Run[],
  { deadline, podIp }: { deadline: number; podIp: string },
  { killer }: Pick<NodeServices, 'killer'>,
): void {
  const sidecars = initContainersOf(pod).filter((c) => c.kind === 'sidecar')
  const turnOf = (run: Run): number => sidecars.findIndex((c) => c.spec.name === run.metadata.name)
  const apps = running.filter((run) => turnOf(run) < 0)
  const inTurn = running.filter((run) => turnOf(run) >= 0).sort((a, b) => turnOf(b) - turnOf(a))
  const before: string[] = []
  for (const run of [...apps, ...inTurn]) {
    const { name } = run.metadata
    const after = turnOf(run) < 0 ? [] : [...before]
    before.push(run.id)
    const message = `Stopping container ${name}`
    killer.kill({ pod, run, container: findContainer(pod, name), deadline, message, podIp, after })
  }
}

/** Whatever its restart policy, a pod that has been stopped is done: as its containers ended, so did it. */
export function finalPhase(pod: KubePod, state: PodState): 'Succeeded' | 'Failed' {
  const succeeded = pod.spec.containers.every(({ name }) => {
    const run = newest(state, name)
    return run?.state === 'EXITED' && run.exitCode === 0
  })
  return succeeded ? 'Succeeded' : 'Failed'
}

/** Releases what a pod holds of the node besides its containers and logs: volumes, cgroup, watches. */
export async function releaseResources(
  pod: KubePod,
  { volumes, host, settings, objects, images }: Release,
): Promise<void> {
  const { uid } = pod.metadata
  await volumes.unmount(uid)
  objects.release(uid)
  images.forget(uid)
  await host.cgroups.remove(podCgroup(settings.cgroupRoot, qosClass(pod), uid))
}

/** The last act of a deletion: nothing of the pod is left on the node, so the object may go. */
export async function deleteFromApi(
  pod: KubePod,
  { ctx, statuses }: Pick<NodeServices, 'ctx' | 'statuses'>,
): Promise<void> {
  const { name, namespace, uid } = pod.metadata
  await statuses.flush(uid)
  const where = { name, ...(namespace !== undefined && { namespace }) }
  try {
    await ctx.client.delete(Pods, where, { gracePeriodSeconds: 0, preconditions: { uid } })
  } catch (error) {
    if (!(error instanceof ApiError && (error.code === 404 || error.code === 409))) throw error
  }
}

/** No source has this pod any more: its sandboxes, dead containers and logs go. */
export async function removeRemains(
  pod: KubePod,
  state: PodState,
  { runtime, host, settings }: Pick<NodeServices, 'runtime' | 'host' | 'settings'>,
): Promise<void> {
  for (const { id } of state.sandboxes) {
    await runtime.removePodSandbox(id).catch((error: unknown) => {
      if (!(error instanceof RuntimeError && error.code === 'NotFound')) throw error
    })
  }
  if (!host.simulated) await host.files.remove(podLogsDir(settings, pod))
}
