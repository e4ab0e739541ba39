import type { VolumeMount } from '../../api/core/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import type { Mount } from '../../runtime/runtime.ts'
import type { Host } from '../host/host.ts'
import type { KubePod, PodContainer } from '../pod.ts'
import type { Settings } from '../settings.ts'
import { ConfigError } from './env.ts'
import { expand } from './expand.ts'
import { containerDir, hostsPath, subPathDir } from './paths.ts'

/** A volume that containers can mount. */
export interface MountedVolume {
  /** On the host. */
  path: string
  readOnly: boolean
  /** Whether the runtime may give it the pod's SELinux label. */
  relabel: boolean
}

export interface MountFacts {
  settings: Settings
  host: Host
  volumes: Map<string, MountedVolume>
  env: Map<string, string>
  /** Distinguishes the files of one run from those of the next. */
  runId: string
}

const propagations: Record<string, Mount['propagation']> = {
  None: 'PRIVATE',
  HostToContainer: 'HOST_TO_CONTAINER',
  Bidirectional: 'BIDIRECTIONAL',
}

/** All mounts of a container: its volumes, its /etc/hosts, and its termination message file. */
export async function containerMounts(pod: KubePod, container: PodContainer, facts: MountFacts): Promise<Mount[]> {
  const { spec } = container
  const mounts: Mount[] = []
  for (const [i, mount] of (spec.volumeMounts ?? []).entries()) {
    const volume = facts.volumes.get(mount.name)
    if (!volume) throw new ConfigError(`cannot find volume "${mount.name}" to mount into container "${spec.name}"`)
    mounts.push({
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      hostPath: await hostPathOf(pod, container, mount, i, volume, facts),
      readonly: mount.readOnly === true || volume.readOnly,
      selinuxRelabel: volume.relabel,
      propagation: propagations[mount.mountPropagation ?? 'None'] ?? 'PRIVATE',
    })
  }
  const mountedAt = (path: string) => mounts.some((m) => m.containerPath.replace(/\/+$/, '') === path)
  const plain = { readonly: false, selinuxRelabel: true, propagation: 'PRIVATE' as const }
  if (!mountedAt('/etc/hosts'))
    mounts.push({ containerPath: '/etc/hosts', hostPath: hostsPath(facts.settings, pod.metadata.uid), ...plain })
  const messagePath = spec.terminationMessagePath ?? '/dev/termination-log'
  if (messagePath && !mountedAt(messagePath)) {
    const hostPath = `${containerDir(facts.settings, pod.metadata.uid, spec.name)}/${facts.runId}`
    await facts.host.files.makeFolder(containerDir(facts.settings, pod.metadata.uid, spec.name))
    await facts.host.files.write(hostPath, '', { mode: 0o666 })
    mounts.push({ containerPath: messagePath, hostPath, ...plain })
  }
  return mounts
}

async function hostPathOf(
  pod: KubePod,
  { spec }: PodContainer,
  mount: VolumeMount,
  index: number,
  volume: MountedVolume,
  { env, host, settings }: MountFacts,
): Promise<string> {
  const subPath = mount.subPathExpr ? expandSubPath(mount.subPathExpr, env) : mount.subPath
  if (!subPath) return volume.path
  if (subPath.startsWith('/') || subPath.split('/').includes('..'))
    throw new ConfigError(`subPath must be a relative path and must not contain '..': ${subPath}`)
  const target = `${subPathDir(settings, pod.metadata.uid)}/${mount.name}/${spec.name}/${index}`
  try {
    await host.mounts.bindInside(volume.path, subPath, target)
  } catch (error) {
    const why = messageOf(error)
    throw new ConfigError(
      `failed to prepare subPath for volumeMount "${mount.name}" of container "${spec.name}": ${why}`,
    )
  }
  return target
}

function expandSubPath(text: string, env: Map<string, string>): string {
  const missing: string[] = []
  const result = expand(text, (name) => {
    const value = env.get(name)
    if (value === undefined) missing.push(name)
    return value
  })
  if (missing.length > 0) throw new ConfigError(`missing value for "${missing[0]}"`)
  return result
}
