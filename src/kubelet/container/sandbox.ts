import { protocols } from '../../api/core/protocols.ts'
import type { PodSandboxConfig } from '../../runtime/runtime.ts'
import type { KubePod } from '../pod.ts'
import type { Settings } from '../settings.ts'
import { podDns } from './dns.ts'
import { podHostname } from './hostname.ts'
import { sandboxLabels } from './labels.ts'
import { podCgroup, podLogsDir } from './paths.ts'
import { qosClass } from './qos.ts'
import { sandboxSecurity } from './security.ts'

/** The configuration of a pod's sandbox for the runtime. */
export function sandboxConfig(
  pod: KubePod,
  attempt: number,
  settings: Settings,
  host: { resolvConf: string; runtimeHandler?: string },
): PodSandboxConfig {
  const { name, uid, namespace = '' } = pod.metadata
  const ports = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((c) => c.ports ?? [])
  return {
    metadata: { name, uid, namespace, attempt },
    // On the host's network a pod has the host's name, and no UTS namespace to change it in.
    hostname: pod.spec.hostNetwork ? '' : podHostname(pod, settings.hostname, settings.clusterDomain).hostname,
    logDirectory: podLogsDir(settings, pod),
    dns: podDns(pod, { dns: settings.clusterDns, domain: settings.clusterDomain }, host.resolvConf),
    portMappings: pod.spec.hostNetwork
      ? []
      : ports.map((p) => ({
          protocol: protocols.find((known) => known === p.protocol) ?? 'TCP',
          containerPort: p.containerPort,
          hostPort: p.hostPort ?? 0,
          hostIp: p.hostIP ?? '',
        })),
    labels: sandboxLabels(pod),
    annotations: pod.metadata.annotations ?? {},
    linux: {
      cgroupParent: podCgroup(settings.cgroupRoot, qosClass(pod), uid),
      securityContext: sandboxSecurity(pod),
      sysctls: Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map((s) => [s.name, s.value])),
    },
    ...(host.runtimeHandler && { runtimeHandler: host.runtimeHandler }),
  }
}
