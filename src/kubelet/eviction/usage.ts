import type { Runtime } from '../../runtime/runtime.ts'
import { podCgroup, podLogsDir, volumesDir } from '../container/paths.ts'
import { qosClass } from '../container/qos.ts'
import type { DiskUsage, Host } from '../host/host.ts'
import type { KubePod } from '../pod.ts'
import { type PodState, runningContainers } from '../runtime-state.ts'
import type { Settings } from '../settings.ts'

/** The resources that one pod uses. */
export interface PodUsage {
  containers: ContainerUsage[]
  /** Its local volumes, except those in memory. */
  volumes: DiskUsage
  processes: number
}

export interface ContainerUsage {
  name: string
  memoryBytes: number
  /** Bytes written into its own file system. */
  written: DiskUsage
  logs: DiskUsage
}

/** The dependencies of a measurement. */
export interface Scales {
  host: Host
  runtime: Runtime
  settings: Settings
  /** The runtime's last known state of a pod. */
  stateOf(uid: string): PodState
}

/** Measures a pod. Undefined: nothing to measure yet. */
export async function podUsage(pod: KubePod, scales: Scales): Promise<PodUsage | undefined> {
  const { host, runtime, settings, stateOf } = scales
  const { files, cgroups } = host
  const { uid } = pod.metadata
  const running = runningContainers(stateOf(uid))
  if (running.length === 0) return undefined
  const containers = running.map(async ({ id, metadata: { name } }): Promise<ContainerUsage | undefined> => {
    // The container is exiting right now.
    const stats = await runtime.containerStats(id).catch(() => undefined)
    if (!stats) return undefined
    return {
      name,
      memoryBytes: stats.memoryWorkingSetBytes,
      written: { bytes: stats.fsUsedBytes, inodes: stats.fsInodesUsed },
      logs: await files.diskUsage(`${podLogsDir(settings, pod)}/${name}`),
    }
  })
  const [measured, volumes, { processes }] = await Promise.all([
    Promise.all(containers),
    files.diskUsage(volumesDir(settings, uid)),
    cgroups.usage(podCgroup(settings.cgroupRoot, qosClass(pod), uid)),
  ])
  return { containers: measured.filter((c) => c !== undefined), volumes, processes }
}

export const sumOf = (parts: DiskUsage[]): DiskUsage => ({
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  inodes: parts.reduce((sum, { inodes }) => sum + inodes, 0),
})

/** On which file systems a pod's usage counts: `node` alone, `image` alone, or both where they are one. */
export type FileSystems = 'node' | 'image' | 'both'

/** A pod's usage of a disk. */
export function diskUsageOf({ containers, volumes }: PodUsage, which: FileSystems): DiskUsage {
  return sumOf([
    ...(which === 'node' ? [] : containers.map(({ written }) => written)),
    ...(which === 'image' ? [] : [...containers.map(({ logs }) => logs), volumes]),
  ])
}
