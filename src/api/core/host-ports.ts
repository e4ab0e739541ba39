import { lastingContainers } from './pods.ts'
import type { PodSpec } from './v1/index.ts'

/** A port of the node itself that a pod uses. */
export interface HostPort {
  port: number
  protocol: string
  /** `0.0.0.0`: all addresses of the node. */
  ip: string
}

const none: HostPort[] = []
const any = '0.0.0.0'

/** The ports of its node that a pod uses, those of its sidecars included. */
export function hostPortsOf(spec: PodSpec): HostPort[] {
  let out = none
  for (const container of lastingContainers(spec)) {
    for (const { hostPort, protocol = 'TCP', hostIP } of container.ports ?? []) {
      if (!hostPort) continue
      if (out === none) out = []
      out.push({ port: hostPort, protocol, ip: hostIP || any })
    }
  }
  return out
}

/** Two pods with such ports cannot be on one node. */
export const portsClash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === any || b.ip === any)
