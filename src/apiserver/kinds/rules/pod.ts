import {
  type Container,
  HostAlias,
  PodDNSConfig,
  PodDNSConfigOption,
  PodReadinessGate,
  PodSchedulingGate,
  PodSpec,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, dns1123Subdomain, dns1123SubdomainWithUnderscore, qualifiedName } from '../../../api/names.ts'
import { between, duplicates, each, ip, named, needs, notNegative, oneOf, required, uniqueNames } from './checks.ts'
import { labels } from './labels.ts'
import { spreadDuplicates } from './scheduling.ts'
import { rule } from './walk.ts'

const subdomain = named(dns1123Subdomain)
const label = named(dns1123Label)
const maxNameservers = 3
const maxSearches = 32
const maxSearchCharacters = 2048

export const podRules = [
  rule(
    PodSpec,
    {
      containers: (list, field) => (list?.length ? [] : [fieldError.required(field)]),
      volumes: uniqueNames,
      restartPolicy: needs(oneOf('Always', 'OnFailure', 'Never')),
      dnsPolicy: needs(oneOf('ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None')),
      terminationGracePeriodSeconds: notNegative,
      activeDeadlineSeconds: between(1, 2147483647),
      nodeSelector: labels,
      nodeName: subdomain,
      serviceAccountName: subdomain,
      schedulerName: subdomain,
      priorityClassName: subdomain,
      runtimeClassName: subdomain,
      hostname: label,
      subdomain: label,
      preemptionPolicy: oneOf('Never', 'PreemptLowerPriority'),
      topologySpreadConstraints: spreadDuplicates,
      schedulingGates: uniqueNames,
      resourceClaims: uniqueNames,
      // Absent is fine here: those of a pod are references, not templates of one.
      imagePullSecrets: (list = [], field) =>
        list.flatMap(({ name }, i) => (name ? [] : [fieldError.required(`${field}[${i}].name`)])),
    },
    (spec, field) => [...containerProblems(spec, field), ...hostProblems(spec, field), ...dnsProblems(spec, field)],
  ),
  rule(HostAlias, { ip: needs(ip), hostnames: each(subdomain) }),
  rule(PodReadinessGate, { conditionType: needs(named(qualifiedName)) }),
  rule(PodSchedulingGate, { name: needs(named(qualifiedName)) }),
  rule(PodDNSConfigOption, { name: required }),
  rule(PodDNSConfig, {
    nameservers: (list = [], field) =>
      list.length > maxNameservers
        ? [fieldError.invalid(field, list, `must not have more than ${maxNameservers} nameservers`)]
        : each<string>(ip)(list, field),
    searches: (list = [], field) => {
      if (list.length > maxSearches)
        return [fieldError.invalid(field, list, `must not have more than ${maxSearches} search paths`)]
      if (list.join(' ').length > maxSearchCharacters)
        return [
          fieldError.invalid(
            field,
            list,
            `must not have more than ${maxSearchCharacters} characters (including spaces) in the search list`,
          ),
        ]
      return list.flatMap((search, i) =>
        search === '.' ? [] : named(dns1123SubdomainWithUnderscore)(search.replace(/\.$/, ''), `${field}[${i}]`),
      )
    },
  }),
]

/** Rules that need more than one container, or the pod's volumes. */
function containerProblems(spec: PodSpec, field: string): FieldError[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec
  const all: [Pick<Container, 'name'>, string][] = [
    ...containers.map((c, i): [Container, string] => [c, `${field}.containers[${i}]`]),
    ...initContainers.map((c, i): [Container, string] => [c, `${field}.initContainers[${i}]`]),
    ...ephemeralContainers.map((c, i): [Pick<Container, 'name'>, string] => [c, `${field}.ephemeralContainers[${i}]`]),
  ]
  return [
    ...duplicates(all.map(([{ name }, at]) => [name, `${at}.name`])),
    ...initContainers.flatMap((container, i) => initProblems(container, `${field}.initContainers[${i}]`)),
    ...all.flatMap(([container, at]) => volumeProblems(container, spec, at)),
    ...hostPortConflicts(containers, `${field}.containers`),
    ...ephemeralContainers.flatMap(({ targetContainerName: target }, i) =>
      target && ![...containers, ...initContainers].some(({ name }) => name === target)
        ? [fieldError.notFound(`${field}.ephemeralContainers[${i}].targetContainerName`, target)]
        : [],
    ),
  ]
}

const notForInit = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const

/** Init containers run to their end, one by one: nothing asks how they are. Sidecars may be asked. */
const initProblems = (container: Container, field: string): FieldError[] =>
  container.restartPolicy === 'Always'
    ? []
    : notForInit
        .filter((name) => container[name] !== undefined)
        .map((name) =>
          fieldError.forbidden(`${field}.${name}`, 'may not be set for init containers without restartPolicy=Always'),
        )

function volumeProblems(
  { volumeMounts = [], volumeDevices = [], env = [] }: Partial<Container>,
  { volumes = [] }: PodSpec,
  field: string,
): FieldError[] {
  const known = new Map(volumes.map((volume) => [volume.name, volume]))
  const devices = new Set(volumeDevices.map(({ name }) => name))
  return [
    ...volumeMounts.flatMap(({ name, mountPath }, i) => {
      const at = `${field}.volumeMounts[${i}]`
      if (name && !known.has(name)) return [fieldError.notFound(`${at}.name`, name)]
      if (devices.has(name)) return [fieldError.invalid(`${at}.name`, name, 'must not already exist in volumeDevices')]
      return volumeDevices.some(({ devicePath }) => devicePath === mountPath)
        ? [fieldError.invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices')]
        : []
    }),
    ...volumeDevices.flatMap(({ name }, i) => {
      const volume = known.get(name)
      const at = `${field}.volumeDevices[${i}].name`
      if (name && !volume) return [fieldError.notFound(at, name)]
      return volume && !volume.persistentVolumeClaim && !volume.ephemeral
        ? [
            fieldError.invalid(
              at,
              name,
              'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
            ),
          ]
        : []
    }),
    ...env.flatMap(({ valueFrom }, i) => {
      const name = valueFrom?.fileKeyRef?.volumeName
      return name && !known.has(name)
        ? [fieldError.notFound(`${field}.env[${i}].valueFrom.fileKeyRef.volumeName`, name)]
        : []
    }),
  ]
}

function hostPortConflicts(containers: Container[], field: string): FieldError[] {
  return duplicates(
    containers.flatMap(({ ports = [] }, i) =>
      ports.flatMap(({ hostPort, hostIP = '', protocol = 'TCP' }, j): [string, string][] =>
        hostPort ? [[`${protocol}/${hostIP}/${hostPort}`, `${field}[${i}].ports[${j}].hostPort`]] : [],
      ),
    ),
  )
}

function hostProblems(spec: PodSpec, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (spec.hostPID && spec.shareProcessNamespace)
    errors.push(
      fieldError.invalid(
        `${field}.shareProcessNamespace`,
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    )
  if (!spec.hostNetwork) return errors
  for (const [i, { ports = [] }] of (spec.containers ?? []).entries())
    for (const [j, { hostPort = 0, containerPort }] of ports.entries())
      if (hostPort !== 0 && hostPort !== containerPort)
        errors.push(
          fieldError.invalid(
            `${field}.containers[${i}].ports[${j}].hostPort`,
            hostPort,
            'must match `containerPort` when `hostNetwork` is true',
          ),
        )
  return errors
}

const dnsProblems = ({ dnsPolicy, dnsConfig }: PodSpec, field: string): FieldError[] => {
  if (dnsPolicy !== 'None') return []
  if (!dnsConfig)
    return [fieldError.required(`${field}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')]
  return dnsConfig.nameservers?.length
    ? []
    : [
        fieldError.required(
          `${field}.dnsConfig.nameservers`,
          'must provide at least one DNS nameserver when `dnsPolicy` is None',
        ),
      ]
}
