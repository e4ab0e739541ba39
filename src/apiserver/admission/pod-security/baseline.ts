import type { Container, SecurityContext } from '../../../api/core/v1/index.ts'
import { appArmorProfile } from './app-armor.ts'
import {
  type Check,
  type Control,
  named,
  namesOf,
  plural,
  quoted,
  relaxedByUserNamespace,
  setters,
  sorted,
} from './check.ts'
import { seLinuxOptions } from './se-linux.ts'
import { seccompByAnnotation, seccompByField } from './seccomp.ts'

type Test = (context: SecurityContext) => boolean | undefined

const inContext =
  (test: Test) =>
  ({ securityContext }: Container): boolean =>
    securityContext !== undefined && test(securityContext) === true

const capabilities: Check = (pod) => {
  const added = (container: Container) =>
    (container.securityContext?.capabilities?.add ?? []).filter((name) => !defaults.has(name))
  const names = namesOf(pod, (container) => added(container).length > 0)
  if (names.length === 0) return undefined
  const forbidden = quoted(sorted(pod.containers.flatMap(added)))
  return {
    reason: 'non-default capabilities',
    detail: `${named(names)} must not include ${forbidden} in securityContext.capabilities.add`,
  }
}
const defaults = new Set(
  ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD'].concat(
    'NET_BIND_SERVICE',
    'SETFCAP',
    'SETGID',
    'SETPCAP',
    'SETUID',
    'SYS_CHROOT',
  ),
)

const hostNamespaces: Check = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name])
  return shared.length > 0
    ? { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') }
    : undefined
}

const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name ?? '')
  return names.length > 0
    ? { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', names.length)} ${quoted(names)}` }
    : undefined
}

const hostPorts: Check = (pod) => {
  const portsOf = ({ ports = [] }: Container) => ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))
  const names = namesOf(pod, (container) => portsOf(container).length > 0)
  if (names.length === 0) return undefined
  const ports = sorted(pod.containers.flatMap(portsOf))
  const uses = plural('uses', 'use', names.length)
  const detail = `${named(names)} ${uses} ${plural('hostPort', 'hostPorts', ports.length)} ${ports.join(', ')}`
  return { reason: 'hostPort', detail }
}

/** A probe of another host makes the kubelet a proxy into networks that the pod cannot reach. */
const hostsOfProbes: Check = (pod) => {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host): host is string => Boolean(host)),
    )
  const names = sorted(namesOf(pod, (container) => hostsOf(container).length > 0))
  if (names.length === 0) return undefined
  const hosts = sorted(pod.containers.flatMap(hostsOf))
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length)
  return {
    reason: 'probe or lifecycle host',
    detail: `${named(names)} ${plural('uses', 'use', names.length)} ${what} ${quoted(hosts)}`,
  }
}

const privileged: Check = (pod) => {
  const names = namesOf(
    pod,
    inContext((context) => context.privileged),
  )
  return names.length > 0
    ? { reason: 'privileged', detail: `${named(names)} must not set securityContext.privileged=true` }
    : undefined
}

export const procMount: Check = (pod) => {
  const typeOf = ({ securityContext }: Container) => securityContext?.procMount
  const isBad = (container: Container) => !['Default', undefined].includes(typeOf(container))
  const names = namesOf(pod, isBad)
  if (names.length === 0) return undefined
  const types = quoted(sorted(pod.containers.filter(isBad).map((container) => typeOf(container) ?? '')))
  return { reason: 'procMount', detail: `${named(names)} must not set securityContext.procMount to ${types}` }
}

const safeSysctls = ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies'].concat(
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
)
const since27 = [...safeSysctls, 'net.ipv4.ip_local_reserved_ports']
const since29 = [...since27, 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout'].concat(
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
)
const since32 = [...since29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']

const sysctls =
  (safe: readonly string[]): Check =>
  ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name)
    const forbidden = names.filter((name) => !safe.includes(name))
    return forbidden.length > 0 ? { reason: 'forbidden sysctls', detail: forbidden.join(', ') } : undefined
  }

const hostProcess: Check = (pod) => {
  const names = namesOf(
    pod,
    inContext((context) => context.windowsOptions?.hostProcess),
  )
  const own = pod.spec.securityContext?.windowsOptions?.hostProcess === true
  if (!own && names.length === 0) return undefined
  return {
    reason: 'hostProcess',
    detail: `${setters(own, names)} must not set securityContext.windowsOptions.hostProcess=true`,
  }
}

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t']

/** The controls of the `baseline` profile, in order of their ids. */
export const baseline: readonly Control[] = [
  { id: 'appArmorProfile', versions: [[0, appArmorProfile]] },
  { id: 'capabilities_baseline', versions: [[0, capabilities]] },
  { id: 'hostNamespaces', versions: [[0, hostNamespaces]] },
  { id: 'hostPathVolumes', versions: [[0, hostPathVolumes]] },
  { id: 'hostPorts', versions: [[0, hostPorts]] },
  { id: 'hostProbesAndHostLifecycle', versions: [[34, hostsOfProbes]] },
  { id: 'privileged', versions: [[0, privileged]] },
  {
    id: 'procMount',
    versions: [
      [0, procMount],
      [35, relaxedByUserNamespace(procMount)],
    ],
  },
  {
    id: 'seLinuxOptions',
    versions: [
      [0, seLinuxOptions(seLinuxTypes)],
      [31, seLinuxOptions([...seLinuxTypes, 'container_engine_t'])],
    ],
  },
  {
    id: 'seccompProfile_baseline',
    versions: [
      [0, seccompByAnnotation],
      [19, seccompByField],
    ],
  },
  {
    id: 'sysctls',
    versions: [
      [0, sysctls(safeSysctls)],
      [27, sysctls(since27)],
      [29, sysctls(since29)],
      [32, sysctls(since32)],
    ],
  },
  { id: 'windowsHostProcess', versions: [[0, hostProcess]] },
]
