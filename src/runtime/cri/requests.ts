import type { Request } from '../../grpc/schema.ts'
import type {
  ContainerConfig,
  ImageAuth,
  LinuxResources,
  NamespaceOptions,
  PodSandboxConfig,
  SecurityProfile,
} from '../runtime.ts'
import type { criSchema } from './schema.ts'

type Cri = typeof criSchema

/** The seam's configurations as CRI's messages. */
export const sandboxRequest = (config: PodSandboxConfig): Request<Cri, 'PodSandboxConfig'> => {
  const { metadata, hostname, logDirectory, dns, portMappings, labels, annotations, linux } = config
  const security = linux.securityContext
  return {
    metadata,
    hostname,
    logDirectory,
    dnsConfig: dns,
    portMappings,
    labels,
    annotations,
    linux: {
      cgroupParent: linux.cgroupParent,
      sysctls: linux.sysctls,
      resources: linux.resources && resourcesRequest(linux.resources),
      securityContext: {
        namespaceOptions: namespaces(security.namespaceOptions),
        selinuxOptions: security.seLinuxOptions,
        runAsUser: wrapped(security.runAsUser),
        runAsGroup: wrapped(security.runAsGroup),
        readonlyRootfs: security.readonlyRootfs,
        supplementalGroups: security.supplementalGroups,
        privileged: security.privileged,
        seccomp: profile(security.seccomp),
      },
    },
  }
}

export function containerRequest(config: ContainerConfig): Request<Cri, 'ContainerConfig'> {
  const { image, env, mounts, linux, ...same } = config
  const security = linux.securityContext
  return {
    ...same,
    image: { image },
    envs: env.map(({ key, value }) => ({ key, value: Buffer.from(value) })),
    mounts: mounts.map((mount) => ({ ...mount, propagation: `PROPAGATION_${mount.propagation}` as const })),
    linux: {
      resources: resourcesRequest(linux.resources),
      securityContext: {
        capabilities: security.capabilities && {
          addCapabilities: security.capabilities.add,
          dropCapabilities: security.capabilities.drop,
        },
        privileged: security.privileged,
        namespaceOptions: namespaces(security.namespaceOptions),
        selinuxOptions: security.seLinuxOptions,
        runAsUser: wrapped(security.runAsUser),
        runAsGroup: wrapped(security.runAsGroup),
        runAsUsername: security.runAsUsername,
        readonlyRootfs: security.readonlyRootfs,
        supplementalGroups: security.supplementalGroups,
        noNewPrivs: security.noNewPrivs,
        maskedPaths: security.maskedPaths,
        readonlyPaths: security.readonlyPaths,
        seccomp: profile(security.seccomp),
      },
    },
  }
}

/** cgroups count in whole units: a fraction of a share is none. */
export const resourcesRequest = (resources: LinuxResources): Request<Cri, 'LinuxContainerResources'> => ({
  cpuPeriod: whole(resources.cpuPeriod),
  cpuQuota: whole(resources.cpuQuota),
  cpuShares: whole(resources.cpuShares),
  memoryLimitInBytes: whole(resources.memoryLimitInBytes),
  oomScoreAdj: whole(resources.oomScoreAdj),
  cpusetCpus: resources.cpusetCpus,
  cpusetMems: resources.cpusetMems,
})

export const authRequest = (auth: ImageAuth): Request<Cri, 'AuthConfig'> => auth

const whole = (n: number | undefined) => (n === undefined ? undefined : Math.trunc(n))
const wrapped = (value: number | undefined) => (value === undefined ? undefined : { value })
const namespaces = ({ network, pid, ipc, targetId }: NamespaceOptions) => ({ network, pid, ipc, targetId })
const profile = (p: SecurityProfile | undefined) => p && { profileType: p.profileType, localhostRef: p.localhostRef }
