import {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  EphemeralContainer,
  VolumeDevice,
  VolumeMount,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, portName } from '../../../api/names.ts'
import { duplicates, ip, named, needs, oneOf, portOrZero, required, requiredPort } from './checks.ts'
import { type Check, rule } from './walk.ts'

const pullPolicy = needs(oneOf('Always', 'IfNotPresent', 'Never'))
const terminationPolicy = needs(oneOf('File', 'FallbackToLogsOnError'))

const image: Check<string> = (value, field) => {
  if (!value) return [fieldError.required(field)]
  return value === value.trim()
    ? []
    : [fieldError.invalid(field, value, 'must not have leading or trailing whitespace')]
}

const ports: Check<ContainerPort[]> = (list = [], field) =>
  duplicates(list.map(({ name = '' }, i) => [name, `${field}[${i}].name`]))

const mounts: Check<VolumeMount[]> = (list = [], field) => {
  const seen = new Set<string>()
  return list.flatMap(({ mountPath }, i) => {
    const path = mountPath.replace(/\/+$/, '') || '/'
    const again = seen.has(path)
    seen.add(path)
    return again ? [fieldError.invalid(`${field}[${i}].mountPath`, mountPath, 'must be unique')] : []
  })
}

const name = needs(named(dns1123Label))

/** What debugging containers, which come and go in a running pod, cannot have. */
const notForEphemeral = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resources',
  'resizePolicy',
] as const
const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && !(typeof value === 'object' && Object.keys(value).length === 0)

export const containerRules = [
  rule(
    Container,
    {
      name,
      image,
      imagePullPolicy: pullPolicy,
      terminationMessagePath: required,
      terminationMessagePolicy: terminationPolicy,
      restartPolicy: oneOf('Always', 'Never', 'OnFailure'),
      ports,
      volumeMounts: mounts,
    },
    ({ livenessProbe, startupProbe }, field) =>
      [['livenessProbe', livenessProbe] as const, ['startupProbe', startupProbe] as const].flatMap(([name, probe]) =>
        probe && (probe.successThreshold ?? 1) !== 1
          ? [fieldError.invalid(`${field}.${name}.successThreshold`, probe.successThreshold, 'must be 1')]
          : [],
      ),
  ),
  rule(
    EphemeralContainer,
    {
      name,
      image,
      imagePullPolicy: pullPolicy,
      terminationMessagePolicy: terminationPolicy,
      volumeMounts: mounts,
    },
    (container, field) => [
      ...notForEphemeral
        .filter((name) => isSet(container[name]))
        .map((name) => fieldError.forbidden(`${field}.${name}`, 'cannot be set for an Ephemeral Container')),
      ...(container.volumeMounts ?? []).flatMap(({ subPath, subPathExpr }, i): FieldError[] => {
        const at = `${field}.volumeMounts[${i}]`
        if (subPath) return [fieldError.forbidden(`${at}.subPath`, 'cannot be set for an Ephemeral Container')]
        return subPathExpr
          ? [fieldError.forbidden(`${at}.subPathExpr`, 'cannot be set for an Ephemeral Container')]
          : []
      }),
    ],
  ),
  rule(ContainerPort, {
    name: named(portName),
    containerPort: requiredPort,
    hostPort: portOrZero,
    protocol: needs(oneOf('SCTP', 'TCP', 'UDP')),
    hostIP: ip,
  }),
  rule(ContainerResizePolicy, {
    resourceName: needs(oneOf('cpu', 'memory')),
    restartPolicy: needs(oneOf('NotRequired', 'RestartContainer')),
  }),
  rule(
    VolumeMount,
    {
      name: required,
      mountPath: required,
      subPath: relativePath,
      subPathExpr: relativePath,
      mountPropagation: oneOf('Bidirectional', 'HostToContainer', 'None'),
      recursiveReadOnly: oneOf('Disabled', 'Enabled', 'IfPossible'),
    },
    ({ subPath, subPathExpr, recursiveReadOnly, readOnly, mountPropagation }, field) => [
      ...(subPath && subPathExpr
        ? [fieldError.invalid(`${field}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive')]
        : []),
      ...(recursiveReadOnly && recursiveReadOnly !== 'Disabled' && !readOnly
        ? [fieldError.forbidden(`${field}.recursiveReadOnly`, 'may only be specified when readOnly is true')]
        : []),
      ...(recursiveReadOnly && recursiveReadOnly !== 'Disabled' && mountPropagation && mountPropagation !== 'None'
        ? [
            fieldError.forbidden(
              `${field}.recursiveReadOnly`,
              'may only be specified when mountPropagation is None or not specified',
            ),
          ]
        : []),
    ],
  ),
  rule(VolumeDevice, { name: required, devicePath: required }),
]

/** A path below something: neither absolute nor leading out of it. */
export function relativePath(value: string | undefined, field: string): FieldError[] {
  if (!value) return []
  return [
    ...(value.startsWith('/') ? [fieldError.invalid(field, value, 'must be a relative path')] : []),
    ...noBackSteps(value, field),
  ]
}

export const noBackSteps = (value: string | undefined, field: string): FieldError[] =>
  value?.split('/').includes('..') ? [fieldError.invalid(field, value, "must not contain '..'")] : []
