import { isSidecar } from '../../../api/core/pods.ts'
import {
  type Container,
  HostAlias,
  PodDNSConfig,
  PodReadinessGate,
  type PodSchedulingGate,
  PodSpec,
  PodTemplateSpec,
  type Volume,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { ipProblem } from '../../../api/ip.ts'
import { dns1123Label, dns1123Subdomain, dns1123SubdomainWithUnderscore, qualifiedName } from '../../../api/names.ts'
import { containerResource, requirements } from './amounts.ts'
import { between, duplicates, each, named, required, uniqueNames } from './checks.ts'
import { claimUses, podClaims } from './claims.ts'
import { annotations, labels } from './labels.ts'
import { deviceProblems, mountProblems } from './mounts.ts'
import { placedContainers } from './placed-containers.ts'
import { podAnnotations } from './pod-annotations.ts'
import { podLevelProblems } from './pod-resources.ts'
import { sleepProblems } from './probes.ts'
import { spreadDuplicates } from './scheduling.ts'
import { hostProblems } from './security.ts'
import { type Check, rule } from './walk.ts'
import { systemProblems } from './windows.ts'

const subdomain = named(dns1123Subdomain)
const label = named(dns1123Label)
const maxNameservers = 3
const maxSearches = 32
const maxSearchCharacters = 2048

const anyIP: Check<string> = (value = '', field) =>
  ipProblem(value).map((problem) => fieldError.invalid(field, value, problem))

/** Upstream's paths leave out the name of the field. */
const schedulingGates: Check<PodSchedulingGate[]> = (list = [], field) => [
  ...list.flatMap(({ name = '' }, i) =>
    qualifiedName(name).map((problem) => fieldError.invalid(`${field}[${i}]`, name, problem)),
  ),
  ...duplicates(list.map(({ name }, i) => [name, `${field}[${i}]`])),
]

export const podRules = [
  rule(
    PodSpec,
    {
      containers: (list, field) => (list?.length ? [] : [fieldError.required(field)]),
      volumes: uniqueNames,
      restartPolicy: required,
      dnsPolicy: required,
      activeDeadlineSeconds: between(1, 2147483647),
      nodeSelector: labels,
      nodeName: subdomain,
      serviceAccountName: subdomain,
      priorityClassName: subdomain,
      runtimeClassName: subdomain,
      hostname: label,
      subdomain: label,
      overhead: (limits, field) => (limits ? requirements({ limits }, field, containerResource) : []),
      topologySpreadConstraints: spreadDuplicates,
      schedulingGates,
      resourceClaims: podClaims,
    },
    specProblems,
  ),
  // Upstream names labels and annotations without `metadata` here.
  rule(PodTemplateSpec, {}, ({ metadata = {}, spec }, field) => [
    ...labels(metadata.labels, `${field}.labels`),
    ...annotations(metadata.annotations, `${field}.annotations`),
    ...(spec && metadata.annotations
      ? podAnnotations(metadata.annotations, spec, `${field}.annotations`, `${field}.spec`)
      : []),
    ...(spec?.ephemeralContainers?.length
      ? [fieldError.forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ]),
  rule(HostAlias, {
    ip: anyIP,
    hostnames: each((value = '', field) =>
      dns1123Subdomain(value).map((problem) => fieldError.invalid(field, value, problem)),
    ),
  }),
  rule(PodReadinessGate, {
    conditionType: (value = '', field) =>
      qualifiedName(value).map((problem) => fieldError.invalid(field, value, problem)),
  }),
  rule(PodDNSConfig, {
    nameservers: (list = [], field) => [
      ...(list.length > maxNameservers
        ? [fieldError.invalid(field, list, `must not have more than ${maxNameservers} nameservers`)]
        : []),
      ...each(anyIP)(list, field),
    ],
    searches: (list = [], field) => [
      ...(list.length > maxSearches
        ? [fieldError.invalid(field, list, `must not have more than ${maxSearches} search paths`)]
        : []),
      ...(list.join(' ').length > maxSearchCharacters
        ? [
            fieldError.invalid(
              field,
              list,
              `must not have more than ${maxSearchCharacters} characters (including spaces) in the search list`,
            ),
          ]
        : []),
      ...list.flatMap((search, i) =>
        search === '.'
          ? []
          : dns1123SubdomainWithUnderscore(search.replace(/\.$/, '')).map((problem) =>
              fieldError.invalid(`${field}[${i}]`, search, problem),
            ),
      ),
    ],
    options: (list = [], field) =>
      list.flatMap(({ name }, i) => (name ? [] : [fieldError.required(`${field}[${i}]`, 'must not be empty')])),
  }),
]

/** Rules that need more than one container, or a container and its pod. */
function specProblems(spec: PodSpec, field: string): FieldError[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec
  const { volumes = [], resourceClaims = [], terminationGracePeriodSeconds: grace = 30 } = spec
  const placed = placedContainers(spec, field)
  const byName = new Map(volumes.map((volume) => [volume.name ?? '', volume]))
  return [
    ...sameNames(spec, field),
    ...initContainers.flatMap((container, i) => initProblems(container, `${field}.initContainers[${i}]`)),
    ...placed.flatMap(([container, at]) => [
      ...mountProblems(container, byName, at),
      ...deviceProblems(container, byName, at),
      ...fileProblems(container, byName, at),
      ...(container.resources?.claims ? claimUses(container.resources.claims, resourceClaims, `${at}.resources`) : []),
      ...(container.lifecycle ? sleepProblems(container.lifecycle, grace, `${at}.lifecycle`) : []),
      ...resizeProblems(container, spec, at),
    ]),
    ...hostPortConflicts(containers, `${field}.containers`),
    ...hostPortProblems(spec, field),
    ...ephemeralContainers.flatMap(({ targetContainerName: target }, i) =>
      target && ![...containers, ...initContainers].some(({ name }) => name === target)
        ? [fieldError.notFound(`${field}.ephemeralContainers[${i}].targetContainerName`, target)]
        : [],
    ),
    ...hostProblems(spec, placed, field),
    ...systemProblems(spec, placed, field),
    ...(spec.resources ? podLevelProblems(spec, spec.resources, field) : []),
    ...dnsProblems(spec, field),
  ]
}

/** A container of one kind may not be called as one of another; the later kind is the one to blame. */
const sameNames = ({ containers = [], initContainers = [], ephemeralContainers = [] }: PodSpec, field: string) =>
  duplicates(
    Object.entries({ containers, initContainers, ephemeralContainers }).flatMap(([kind, list]) =>
      list.map(({ name }, i): [string, string] => [name, `${field}.${kind}[${i}].name`]),
    ),
  )

const notForInit = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const

/** Init containers run to their end, one by one: nothing probes them. Sidecars may have probes. */
const initProblems = (container: Container, field: string): FieldError[] =>
  isSidecar(container)
    ? []
    : notForInit
        .filter((name) => container[name] !== undefined)
        .map((name) =>
          fieldError.forbidden(`${field}.${name}`, 'may not be set for init containers without restartPolicy=Always'),
        )

const fileProblems = ({ env = [] }: Container, volumes: ReadonlyMap<string, Volume>, field: string): FieldError[] =>
  env.flatMap(({ valueFrom }, i) => {
    const name = valueFrom?.fileKeyRef?.volumeName
    return name && !volumes.has(name)
      ? [fieldError.notFound(`${field}.env[${i}].valueFrom.fileKeyRef.volumeName`, name)]
      : []
  })

/** What is never restarted cannot be restarted to be resized. */
const resizeProblems = ({ resizePolicy = [] }: Container, { restartPolicy }: PodSpec, field: string): FieldError[] =>
  restartPolicy !== 'Never'
    ? []
    : resizePolicy
        .filter((policy) => policy.restartPolicy !== 'NotRequired')
        .map((policy) =>
          fieldError.invalid(
            `${field}.resizePolicy`,
            policy.restartPolicy,
            "must be 'NotRequired' when `restartPolicy` is 'Never'",
          ),
        )

function hostPortConflicts(containers: Container[], field: string): FieldError[] {
  return duplicates(
    containers.flatMap(({ ports = [] }, i) =>
      ports.flatMap(({ hostPort, hostIP = '', protocol = 'TCP' }, j): [string, string][] =>
        hostPort ? [[`${protocol}/${hostIP}/${hostPort}`, `${field}[${i}].ports[${j}].hostPort`]] : [],
      ),
    ),
  )
}

function hostPortProblems({ hostNetwork, containers = [] }: PodSpec, field: string): FieldError[] {
  if (!hostNetwork) return []
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort = 0, containerPort }, j) =>
      hostPort === 0 || hostPort === containerPort
        ? []
        : [
            fieldError.invalid(
              `${field}.containers[${i}].ports[${j}].hostPort`,
              hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ],
    ),
  )
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
