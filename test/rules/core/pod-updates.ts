import { Pods } from '../../../src/api/core/v1/index.ts'
import {
  absent,
  duplicate,
  forbidden,
  invalid,
  nothing,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  words,
} from '../rule.ts'
import { statuses } from './pod-status.ts'

/** What may change about a pod, by whom. */

const mutable = 'pod updates may not change fields other than'
const base = {
  metadata: { name: 'p' },
  spec: {
    automountServiceAccountToken: false,
    activeDeadlineSeconds: 10,
    tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
    containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } }],
    initContainers: [{ name: 'n', image: 'i' }],
  },
} as never

const term = (...keys: string[]) => ({ matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) })
const terms = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
const gated = put({
  'spec.schedulingGates': [{ name: 'a' }, { name: 'b' }],
  'spec.nodeSelector': { x: 'y' },
  [terms]: [term('a')],
})
const anti = 'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution'
const tolerations = to('spec.tolerations')
const kept = { key: 'k', operator: 'Exists', effect: 'NoExecute' }
// Admission puts two of its own behind it.
const others = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))

const updates: Rule[] = [
  rule(
    'spec.containers',
    forbidden,
    'pod updates may not add or remove containers',
    nothing,
    put({ 'spec.containers[1]': { name: 'd', image: 'i' } }),
  ),
  rule(
    'spec.initContainers',
    forbidden,
    'pod updates may not add or remove containers',
    nothing,
    put({ 'spec.initContainers': [] }),
  ),
  rule('spec.containers[0].image', required, '', 'other', ''),
  rule('spec.containers[0].image', invalid, 'must not have leading or trailing whitespace', 'other', 'i '),
  rule('spec.activeDeadlineSeconds', invalid, 'must be less than or equal to previous value', 9, 11),
  rule('spec.activeDeadlineSeconds', invalid, 'must not update from a positive integer to nil value', 10, absent),
  rule(
    'spec.tolerations',
    forbidden,
    'existing toleration can not be modified except its tolerationSeconds',
    tolerations([...others, { ...kept, tolerationSeconds: 9 }, { operator: 'Exists' }]),
    tolerations([...others, { ...kept, key: 'j' }]),
  ),
  rule(
    'spec.tolerations[3].operator',
    notSupported,
    '"Is"',
    put({ 'spec.tolerations[3]': { key: 'a', operator: 'Equal' } }),
    put({ 'spec.tolerations[3]': { key: 'a', operator: 'Is' } }),
  ),
  rule(
    'spec.schedulingGates[0].name',
    forbidden,
    "only deletion is allowed, but found new scheduling gate 'a'",
    nothing,
    put({ 'spec.schedulingGates': [{ name: 'a' }] }),
  ),
  ...Object.entries({
    'spec.containers[0].name': 'd',
    'spec.containers[0].command': ['x'],
    'spec.containers[0].resources.requests.cpu': '500m',
    'spec.restartPolicy': 'Never',
    'spec.nodeName': 'n',
    'spec.terminationGracePeriodSeconds': 1,
    'spec.nodeSelector': { a: 'b' },
    'spec.hostNetwork': true,
    'spec.volumes': [{ name: 'v', emptyDir: {} }],
    'spec.ephemeralContainers': [{ name: 'e', image: 'i' }],
  }).map(([path, value]) =>
    rule('spec', forbidden, mutable, to('spec.initContainers[0].image')('other'), to(path)(value)),
  ),
  rule(
    'spec',
    forbidden,
    mutable,
    put({ 'spec.terminationGracePeriodSeconds': 1 }),
    put({ 'spec.terminationGracePeriodSeconds': 2 }),
    put({ 'spec.terminationGracePeriodSeconds': -1 }),
  ),
  rule(
    'metadata.annotations[kubernetes.io/config.mirror]',
    forbidden,
    'may not add mirror pod annotation',
    put({ 'metadata.annotations': { a: '' } }),
    put({ 'metadata.annotations': { 'kubernetes.io/config.mirror': '' } }),
  ),
  rule(
    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]',
    forbidden,
    'may not add AppArmor annotations',
    put({ 'metadata.annotations': { a: '' } }),
    put({ 'metadata.annotations': { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } }),
  ),
  rule(
    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]',
    forbidden,
    'may not remove or update AppArmor annotations',
    nothing,
    put({ 'metadata.annotations': {} }),
    put({ 'metadata.annotations': { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } }),
  ),
]

const ofGated: Rule[] = [
  rule(
    'spec.nodeSelector',
    invalid,
    'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    put({ 'spec.nodeSelector': { x: 'y', z: '' } }),
    put({ 'spec.nodeSelector': { z: '' } }),
    gated,
  ),
  rule(
    'spec.nodeSelector',
    invalid,
    'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    nothing,
    put({ 'spec.nodeSelector': { x: 'z' } }),
    gated,
  ),
  rule(
    terms,
    invalid,
    'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
    nothing,
    put({ [terms]: [term('a'), term('b')] }),
    gated,
  ),
  rule(
    `${terms}[0]`,
    invalid,
    'only additions are allowed (no mutations or deletions)',
    put({ [terms]: [term('a', 'b')] }),
    put({ [terms]: [term('b')] }),
    gated,
  ),
  rule(
    'spec',
    forbidden,
    mutable,
    put({
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution': [
        { weight: 1, preference: term('p') },
      ],
    }),
    put({ [anti]: [{ topologyKey: 'k', labelSelector: {} }] }),
    gated,
  ),
  rule(
    'spec.schedulingGates[1].name',
    forbidden,
    "only deletion is allowed, but found new scheduling gate 'c'",
    put({ 'spec.schedulingGates': [{ name: 'b' }] }),
    put({ 'spec.schedulingGates': [{ name: 'b' }, { name: 'c' }] }),
    gated,
  ),
]

const debug = (fields: object) => put({ 'spec.ephemeralContainers': [{ name: 'e', image: 'i', ...fields }] })
const e = 'spec.ephemeralContainers'
const cannot = 'cannot be set for an Ephemeral Container'
const ephemeral: Rule[] = [
  rule(`${e}[0].name`, duplicate, '"c"', debug({}), debug({ name: 'c' })),
  rule(`${e}[0].name`, required, '', debug({}), debug({ name: '' })),
  rule(`${e}[0].image`, required, '', debug({}), debug({ image: '' })),
  rule(`${e}[0].image`, invalid, 'must not have leading or trailing whitespace', debug({}), debug({ image: ' i' })),
  rule(
    `${e}[0].targetContainerName`,
    'FieldValueNotFound',
    '"d"',
    debug({ targetContainerName: 'c' }),
    debug({ targetContainerName: 'd' }),
  ),
  ...Object.entries({
    ports: [{ containerPort: 1 }],
    resources: { limits: { cpu: '1' } },
    lifecycle: { preStop: { exec: { command: ['x'] } } },
    livenessProbe: { exec: { command: ['x'] } },
    readinessProbe: { exec: { command: ['x'] } },
    startupProbe: { exec: { command: ['x'] } },
  }).map(([name, value]) => rule(`${e}[0].${name}`, forbidden, cannot, debug({ tty: true }), debug({ [name]: value }))),
  rule(
    `${e}[0].volumeMounts[0].name`,
    'FieldValueNotFound',
    '"v"',
    debug({}),
    debug({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
  ),
]

const resources = 'spec.containers[0].resources'
const resize: Rule[] = [
  rule(
    'spec',
    invalid,
    'Pod QOS Class may not change as a result of resizing',
    to(`${resources}.requests.cpu`)('500m'),
    put({ [resources]: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } } }),
    put({ 'spec.initContainers': [] }),
  ),
  rule(
    `${resources}.requests`,
    forbidden,
    'resource requests cannot be removed',
    nothing,
    put({ [`${resources}.requests`]: {} }),
  ),
  rule(
    `${resources}.limits`,
    forbidden,
    'resource limits cannot be removed',
    nothing,
    put({ [`${resources}.limits`]: {} }),
  ),
  rule(
    'spec',
    forbidden,
    'only cpu and memory resources are mutable',
    to(`${resources}.requests.cpu`)('2'),
    to(`${resources}.limits.ephemeral-storage`)('1'),
  ),
  rule(
    'spec',
    forbidden,
    'resources for non-sidecar init containers are immutable',
    nothing,
    to('spec.initContainers[0].resources')({ limits: { cpu: '1' } }),
  ),
  rule(`${resources}.requests[cpu]`, invalid, words.negative, nothing, to(`${resources}.requests.cpu`)('-1')),
]

export const podUpdateTables: Table[] = [
  { resource: Pods, write: 'update', base, rules: [...updates, ...ofGated] },
  { resource: Pods, write: 'status', base, rules: statuses },
  { resource: Pods, write: 'ephemeralcontainers', base, rules: ephemeral },
  { resource: Pods, write: 'resize', base, rules: resize },
]
