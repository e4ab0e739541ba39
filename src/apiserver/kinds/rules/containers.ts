import {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  type ContainerRestartRule,
  EphemeralContainer,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, portName } from '../../../api/names.ts'
import { containerResource, requirements } from './amounts.ts'
import { duplicates, ip, named, needs, notSaidHere, oneOf, portOrZero, required, requiredPort } from './checks.ts'
import { mountRules } from './mounts.ts'
import { containerProbes } from './probes.ts'
import { type Check, rule } from './walk.ts'

/** What holds for containers of every kind. What concerns a container and its pod together stands in pod.ts. */
const common = {
  name: needs(named(dns1123Label)),
  image: required,
  imagePullPolicy: required,
  terminationMessagePolicy: required,
}

const ports: Check<ContainerPort[]> = (list = [], field) =>
  duplicates(list.map(({ name = '' }, i) => [name, `${field}[${i}].name`]))

/** Upstream's paths do not say which of the policies it is. */
const resizePolicy: Check<ContainerResizePolicy[]> = (list = [], field) => [
  ...duplicates(list.map(({ resourceName }, i) => [resourceName, `${field}[${i}]`])),
  ...list.flatMap(({ resourceName, restartPolicy }) => [
    ...needs(oneOf('cpu', 'memory'))(resourceName, field),
    ...needs(oneOf('NotRequired', 'RestartContainer'))(restartPolicy, field),
  ]),
]

const maxRestartRules = 20
const maxExitCodes = 255

const restartRules: Check<ContainerRestartRule[]> = (list = [], field) => [
  ...(list.length > maxRestartRules ? [fieldError.tooMany(field, list.length, maxRestartRules)] : []),
  ...list.flatMap(({ action, exitCodes }, i) => {
    const at = `${field}[${i}]`
    const errors = needs(oneOf('Restart'))(action, `${at}.action`)
    if (!exitCodes) return [...errors, fieldError.required(`${at}.exitCodes`, 'must be specified')]
    errors.push(...needs(oneOf('In', 'NotIn'))(exitCodes.operator, `${at}.exitCodes.operator`))
    const count = exitCodes.values?.length ?? 0
    if (count > maxExitCodes) errors.push(fieldError.tooMany(`${at}.exitCodes.values`, count, maxExitCodes))
    return errors
  }),
]

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
      ...common,
      restartPolicy: oneOf('Always', 'Never', 'OnFailure'),
      restartPolicyRules: restartRules,
      ports,
      resizePolicy,
      resources: (value, field) => (value ? requirements(value, field, containerResource) : []),
    },
    (container, field) => [
      ...containerProbes(container, field),
      ...(container.restartPolicyRules?.length && !container.restartPolicy
        ? [fieldError.required(`${field}.restartPolicy`, 'must specify restartPolicy when restart rules are used')]
        : []),
    ],
  ),
  rule(EphemeralContainer, common, (container, field) => [
    ...notForEphemeral
      .filter((name) => isSet(container[name]))
      .map((name) => fieldError.forbidden(`${field}.${name}`, 'cannot be set for an Ephemeral Container')),
    ...(container.volumeMounts ?? []).flatMap(({ subPath, subPathExpr }, i): FieldError[] => {
      const at = `${field}.volumeMounts[${i}]`
      const given = subPath ? 'subPath' : subPathExpr && 'subPathExpr'
      return given ? [fieldError.forbidden(`${at}.${given}`, 'cannot be set for an Ephemeral Container')] : []
    }),
  ]),
  rule(ContainerPort, {
    name: named(portName),
    containerPort: requiredPort,
    hostPort: portOrZero,
    protocol: required,
    hostIP: ip,
  }),
  // Its list says it all.
  rule(ContainerResizePolicy, { resourceName: notSaidHere, restartPolicy: notSaidHere }),
  ...mountRules,
]
