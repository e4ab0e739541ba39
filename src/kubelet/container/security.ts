import type { Container, SeccompProfile } from '../../api/core/v1/index.ts'
import type {
  ContainerSecurityContext,
  Image,
  NamespaceOptions,
  SandboxSecurityContext,
  SecurityProfile,
} from '../../runtime/runtime.ts'
import { appContainersOf, initContainersOf, type KubePod, type PodContainer } from '../pod.ts'
import { ConfigError } from './env.ts'

function namespaceOptions(pod: KubePod): NamespaceOptions {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec
  return {
    network: hostNetwork ? 'NODE' : 'POD',
    pid: hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: hostIPC ? 'NODE' : 'POD',
  }
}

const isPrivileged = (c: Container): boolean => c.securityContext?.privileged === true

export function sandboxSecurity(pod: KubePod): SandboxSecurityContext {
  const {
    runAsUser,
    runAsGroup,
    fsGroup,
    supplementalGroups = [],
    seLinuxOptions,
    seccompProfile,
  } = pod.spec.securityContext ?? {}
  return {
    namespaceOptions: namespaceOptions(pod),
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && runAsUser !== undefined && { runAsGroup }),
    supplementalGroups: [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])],
    privileged: [...initContainersOf(pod), ...appContainersOf(pod)].some((c) => isPrivileged(c.spec)),
    readonlyRootfs: false,
    ...(seLinuxOptions && { seLinuxOptions }),
    // The pause process itself always runs confined, as upstream has it.
    seccomp: profile(seccompProfile) ?? { profileType: 'RuntimeDefault' },
  }
}

/**
 * A container's security context over its pod's.
 * @throws ConfigError if runAsNonRoot is set and the user is root, or not known to be another.
 */
export function containerSecurity(
  pod: KubePod,
  { spec, kind, target }: PodContainer,
  image: Image | undefined,
  targetId: string | undefined,
): ContainerSecurityContext {
  const ofPod = pod.spec.securityContext ?? {}
  const own = spec.securityContext ?? {}
  const privileged = isPrivileged(spec)
  const chosenUser = own.runAsUser ?? ofPod.runAsUser
  const runAsGroup = own.runAsGroup ?? ofPod.runAsGroup
  verifyNonRoot(pod, spec, chosenUser, image)
  const namespaces = namespaceOptions(pod)
  const unmasked = privileged || own.procMount === 'Unmasked'
  const seccomp = privileged
    ? { profileType: 'Unconfined' as const }
    : profile(own.seccompProfile ?? ofPod.seccompProfile)
  const seLinuxOptions = own.seLinuxOptions ?? ofPod.seLinuxOptions
  return {
    privileged,
    namespaceOptions:
      kind === 'ephemeral' && target && targetId && namespaces.pid === 'CONTAINER'
        ? { ...namespaces, pid: 'TARGET', targetId }
        : namespaces,
    ...(own.capabilities && {
      capabilities: {
        add: (own.capabilities.add ?? []).map(plainCapability),
        drop: (own.capabilities.drop ?? []).map(plainCapability),
      },
    }),
    ...imageUser(chosenUser, runAsGroup, image),
    ...(runAsGroup !== undefined && { runAsGroup }),
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    supplementalGroups: [...(ofPod.supplementalGroups ?? []), ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup])],
    noNewPrivs: own.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    ...(seccomp && { seccomp }),
    ...(seLinuxOptions && { seLinuxOptions }),
  }
}

/** CRI requires a user with each group, so this names the image's own user then. */
function imageUser(
  user: number | undefined,
  group: number | undefined,
  image: Image | undefined,
): { runAsUser?: number; runAsUsername?: string } {
  if (user !== undefined) return { runAsUser: user }
  if (image?.uid !== undefined) return { runAsUser: image.uid }
  if (image?.username) return { runAsUsername: image.username }
  return group === undefined ? {} : { runAsUser: 0 }
}

function verifyNonRoot(pod: KubePod, spec: Container, user: number | undefined, image: Image | undefined): void {
  const wanted = spec.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot
  if (!wanted) return
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${spec.name})`
  if (user !== undefined) {
    if (user === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`)
  } else if (image?.username && !/^\d+$/.test(image.username)) {
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    )
  } else if ((image?.uid ?? 0) === 0) {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`)
  }
}

const plainCapability = (name: string): string => name.replace(/^CAP_/, '')

function profile(seccomp: SeccompProfile | undefined): SecurityProfile | undefined {
  if (seccomp?.type === 'RuntimeDefault') return { profileType: 'RuntimeDefault' }
  if (seccomp?.type === 'Unconfined') return { profileType: 'Unconfined' }
  if (seccomp?.type === 'Localhost')
    return { profileType: 'Localhost', localhostRef: `/var/lib/kubelet/seccomp/${seccomp.localhostProfile ?? ''}` }
  return undefined
}

/** Paths of /proc and /sys that are hidden from containers, and read-only ones (the defaults of every runtime). */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']
