import type { Container, ContainerPort, PodAffinityTerm, PodSpec, PodTemplateSpec } from '../../../api/core/v1/index.ts'
import type { ObjectMeta } from '../../../api/meta/v1/index.ts'
import { placedContainers } from '../rules/placed-containers.ts'
import { fractionalBytes } from './amounts.ts'
import { deprecatedKeys, deprecatedLabels, termWarnings } from './node-labels.ts'
import { volumeWarnings } from './pod-volumes.ts'

/** Warns of what pods may have, but most likely by mistake. */

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
}
const useSeccompField = 'non-functional in v1.27+; use the "seccompProfile" field instead'
const useAppArmorField = 'deprecated since v1.30; use the "appArmorProfile" field instead'
const noPods = 'a null labelSelector results in matching no pod'
const bytes = ['memory', 'ephemeral-storage']

export const templateWarnings = (template: Partial<PodTemplateSpec> | undefined, field: string): string[] =>
  template?.spec ? podWarnings(template.spec, template.metadata ?? {}, `${field}.`) : []

/** @param prefix of the paths of `spec` and `metadata`: empty for a pod, `spec.template.` for a template */
export function podWarnings(spec: PodSpec, metadata: ObjectMeta, prefix: string): string[] {
  const field = `${prefix}spec`
  const containers = placedContainers(spec, field)
  return [
    ...placeWarnings(spec, field),
    ...annotationWarnings(spec, metadata.annotations ?? {}, `${prefix}metadata.annotations`, containers),
    ...volumeWarnings(spec.volumes ?? [], `${field}.volumes`),
    ...repeated(
      spec.hostAliases ?? [],
      ({ ip }) => ip,
      (i, ip) => `${field}.hostAliases[${i}].ip: duplicate ip ${ip}`,
    ),
    ...pullSecretWarnings(spec, `${field}.imagePullSecrets`),
    ...fractionalBytes(spec.overhead, bytes, `${field}.overhead`),
    ...containers.flatMap(([container, at]) => containerWarnings(container, at)),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec, `${field}.affinity`),
  ]
}

/** Labels of nodes that Kubernetes has removed, in every field that selects nodes. */
function placeWarnings(spec: PodSpec, field: string): string[] {
  const { nodeSelector = {}, affinity, topologySpreadConstraints = [] } = spec
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  } = affinity?.nodeAffinity ?? {}
  const nodes = `${field}.affinity.nodeAffinity`
  const spread = `${field}.topologySpreadConstraints`
  return [
    ...deprecatedLabels(Object.keys(nodeSelector), (key) => `${field}.nodeSelector[${key}]`),
    ...(required?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      termWarnings(term, `${nodes}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`),
    ),
    ...preferred.flatMap(({ preference }, i) =>
      termWarnings(preference ?? {}, `${nodes}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`),
    ),
    ...deprecatedKeys(
      topologySpreadConstraints.map(({ topologyKey }) => topologyKey),
      (i) => `${spread}[${i}].topologyKey`,
    ),
    ...topologySpreadConstraints.flatMap(({ labelSelector }, i) =>
      labelSelector ? [] : [`${spread}[${i}].labelSelector: ${noPods}`],
    ),
  ]
}

type Placed = readonly [Container, string]

function annotationWarnings(
  { securityContext }: PodSpec,
  annotations: Readonly<Record<string, string>>,
  field: string,
  containers: readonly Placed[],
): string[] {
  const isTemplate = !field.startsWith('metadata')
  const given = (key: string, text: string) => (Object.hasOwn(annotations, key) ? [`${field}[${key}]: ${text}`] : [])
  return [
    ...Object.entries(deprecatedAnnotations).flatMap(([key, text]) => given(key, text)),
    ...(securityContext?.seccompProfile ? [] : given('seccomp.security.alpha.kubernetes.io/pod', useSeccompField)),
    ...containers.flatMap(([{ name, securityContext: own }]) => [
      ...(own?.seccompProfile ? [] : given(`container.seccomp.security.alpha.kubernetes.io/${name}`, useSeccompField)),
      ...(own?.appArmorProfile || (isTemplate && securityContext?.appArmorProfile)
        ? []
        : given(`container.apparmor.security.beta.kubernetes.io/${name}`, useAppArmorField)),
    ]),
  ]
}

function repeated<T>(
  list: readonly T[],
  keyOf: (item: T) => string | undefined,
  text: (i: number, key: string) => string,
) {
  const seen = new Set<string>()
  return list.flatMap((item, i) => {
    const key = keyOf(item) ?? ''
    if (seen.has(key)) return [text(i, JSON.stringify(key))]
    seen.add(key)
    return []
  })
}

const pullSecretWarnings = ({ imagePullSecrets = [] }: PodSpec, field: string): string[] => [
  ...repeated(
    imagePullSecrets,
    ({ name }) => name,
    (i, name) => `${field}[${i}].name: duplicate name ${name}`,
  ),
  ...imagePullSecrets.flatMap(({ name }, i) => (name ? [] : [`${field}[${i}].name: invalid empty name ""`])),
]

function containerWarnings({ resources, env = [] }: Container, field: string): string[] {
  const seen = new Set<string>()
  return [
    ...fractionalBytes(resources?.limits, ['memory'], `${field}.resources.limits`),
    ...fractionalBytes(resources?.requests, ['memory'], `${field}.resources.requests`),
    ...fractionalBytes(resources?.limits, ['ephemeral-storage'], `${field}.resources.limits`),
    ...fractionalBytes(resources?.requests, ['ephemeral-storage'], `${field}.resources.requests`),
    ...env.flatMap(({ name, value = '', valueFrom }, i) => {
      const again = seen.has(name)
      seen.add(name)
      const before = `$(${name})`
      // What is made out of the earlier value does not hide it.
      if (!again || (!valueFrom && value !== before && value.includes(before))) return []
      return [
        `${field}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      ]
    }),
  ]
}

function portWarnings(containers: readonly Placed[]): string[] {
  const known: { port: ContainerPort; field: string }[] = []
  return containers.flatMap(([{ ports = [] }, at]) =>
    ports.flatMap((port, i) => {
      const field = `${at}.ports[${i}]`
      const warnings = port.hostIP && !port.hostPort ? [`${field}: hostIP set without hostPort: ${shown(port)}`] : []
      const same = known.filter(
        (other) => other.port.containerPort === port.containerPort && other.port.protocol === port.protocol,
      )
      for (const other of same) {
        const how = overlap(port, other.port)
        if (how) warnings.push(`${field}: ${how} port definition with ${other.field}`)
      }
      known.push({ port, field })
      return warnings
    }),
  )
}

function overlap(a: ContainerPort, b: ContainerPort): string | undefined {
  const [ipA, ipB, portA, portB] = [a.hostIP ?? '', b.hostIP ?? '', a.hostPort ?? 0, b.hostPort ?? 0]
  if (ipA === ipB && portA === portB) return 'duplicate'
  if (portA === 0 || portB === 0) return 'overlapping'
  return portA === portB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : undefined
}

/** As Go prints the structure. */
const shown = ({ name = '', hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' }: ContainerPort): string =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`

function affinityWarnings({ affinity }: PodSpec, field: string): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const {
      requiredDuringSchedulingIgnoredDuringExecution: required = [],
      preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
    } = affinity?.[kind] ?? {}
    const text = ({ labelSelector }: Partial<PodAffinityTerm> = {}, at: string) =>
      labelSelector ? [] : [`${at}.labelSelector: ${noPods}`]
    return [
      ...required.flatMap((term, i) =>
        text(term, `${field}.${kind}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`),
      ),
      ...preferred.flatMap(({ podAffinityTerm }, i) =>
        text(podAffinityTerm, `${field}.${kind}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm`),
      ),
    ]
  })
}
