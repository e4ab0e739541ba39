import { invalid, notFound, notSupported, put, type Rule, required, rule, to, words } from '../rule.ts'

/** Rules of what containers get: environment; paths start at the spec. */

const c = 'containers[0]'
const env = to(`${c}.env`)
const from = (valueFrom: object, value?: string) => env([{ name: 'A', valueFrom, ...(value && { value }) }])
const f = `${c}.env[0].valueFrom`
const field = (fieldPath: string, fields = {}) => from({ fieldRef: { fieldPath, ...fields } })
const resource = (name: string, divisor?: string) =>
  from({ resourceFieldRef: { resource: name, ...(divisor && { divisor }) } })
const map = { configMapKeyRef: { name: 'm', key: 'k' } }
const file = (fields: object) =>
  put({
    volumes: [{ name: 'v', emptyDir: {} }],
    [`${c}.env`]: [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'p', key: 'K', ...fields } } }],
  })
const memory = "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported"

const variables: Rule[] = [
  rule(`${c}.env[0].name`, required, '', env([{ name: 'A' }]), env([{ name: '' }])),
  rule(
    `${c}.env[0].name`,
    invalid,
    "printable ASCII characters other than '='",
    env([{ name: '1 a.b' }]),
    env([{ name: 'a=b' }]),
  ),
  rule(f, invalid, 'must specify one of', from(map), from({})),
  rule(f, invalid, 'may not be specified when `value` is not empty', from(map), from(map, 'x')),
  rule(
    f,
    invalid,
    'may not have more than one field specified at a time',
    from(map),
    from({ ...map, secretKeyRef: { name: 's', key: 'k' } }),
  ),
  rule(`${f}.fieldRef.fieldPath`, required, '', field('metadata.name'), field('')),
  rule(`${f}.fieldRef.fieldPath`, notSupported, '"metadata.labels"', field('status.podIPs'), field('metadata.labels')),
  rule(
    `${f}.fieldRef.fieldPath`,
    invalid,
    'error converting fieldPath',
    field('spec.nodeName'),
    field('spec.nodeSelector'),
  ),
  rule(
    `${f}.fieldRef.fieldPath`,
    invalid,
    'error converting fieldPath',
    field('spec.nodeName'),
    field('spec.nodeName', { apiVersion: 'v2' }),
  ),
  rule(
    `${f}.fieldRef`,
    invalid,
    words.qualified,
    field("metadata.annotations['A.b/C']"),
    field("metadata.annotations['a b']"),
  ),
  rule(`${f}.fieldRef`, invalid, words.qualified, field("metadata.labels['a']"), field("metadata.labels['a b']")),
  rule(`${f}.resourceFieldRef.resource`, required, '', resource('limits.cpu'), resource('')),
  rule(
    `${f}.resourceFieldRef.resource`,
    notSupported,
    '"limits.disk"',
    resource('requests.hugepages-2Mi'),
    resource('limits.disk'),
  ),
  rule(
    `${f}.resourceFieldRef.divisor`,
    invalid,
    "only divisor's values 1m and 1 are supported with the cpu resource",
    resource('limits.cpu', '1m'),
    resource('limits.cpu', '2m'),
  ),
  rule(
    `${f}.resourceFieldRef.divisor`,
    invalid,
    `${memory} with the memory resource`,
    resource('limits.memory', '1Ei'),
    resource('limits.memory', '2Mi'),
  ),
  rule(
    `${f}.resourceFieldRef.divisor`,
    invalid,
    `${memory} with the local ephemeral storage resource`,
    resource('requests.ephemeral-storage', '1k'),
    resource('requests.ephemeral-storage', '1m'),
  ),
  rule(
    `${f}.resourceFieldRef.divisor`,
    invalid,
    `${memory} with the hugepages resource`,
    resource('limits.hugepages-1Gi', '1Mi'),
    resource('limits.hugepages-1Gi', '3'),
  ),
  ...['configMapKeyRef', 'secretKeyRef'].flatMap((ref) => [
    rule(
      `${f}.${ref}.name`,
      invalid,
      words.subdomain,
      from({ [ref]: { name: 'm.n', key: 'k' } }),
      from({ [ref]: { name: 'M', key: 'k' } }),
    ),
    rule(
      `${f}.${ref}.name`,
      invalid,
      words.subdomain,
      from({ [ref]: { name: 'm', key: 'k' } }),
      from({ [ref]: { key: 'k' } }),
    ),
    rule(
      `${f}.${ref}.key`,
      required,
      '',
      from({ [ref]: { name: 'm', key: 'k' } }),
      from({ [ref]: { name: 'm', key: '' } }),
    ),
    rule(
      `${f}.${ref}.key`,
      invalid,
      words.key,
      from({ [ref]: { name: 'm', key: 'a..b' } }),
      from({ [ref]: { name: 'm', key: 'a b' } }),
    ),
    rule(
      `${f}.${ref}.key`,
      invalid,
      "must not be '..'",
      from({ [ref]: { name: 'm', key: 'a' } }),
      from({ [ref]: { name: 'm', key: '..' } }),
    ),
  ]),
  rule(`${f}.fileKeyRef.volumeName`, notFound, '"w"', file({}), file({ volumeName: 'w' })),
  rule(`${f}.fileKeyRef.path`, required, '', file({}), file({ path: '' })),
  rule(`${f}.fileKeyRef.path`, invalid, words.relative, file({ path: 'a/b' }), file({ path: '/a' })),
  rule(`${f}.fileKeyRef.key`, required, '', file({}), file({ key: '' })),
]

const sources = to(`${c}.envFrom`)
const envFrom: Rule[] = [
  rule(
    `${c}.envFrom`,
    invalid,
    'must specify one of: `configMapRef` or `secretRef`',
    sources([{ secretRef: { name: 's' } }]),
    sources([{}]),
  ),
  rule(
    `${c}.envFrom`,
    invalid,
    'may not have more than one field specified at a time',
    sources([{ configMapRef: { name: 's' } }]),
    sources([{ secretRef: { name: 's' }, configMapRef: { name: 's' } }]),
  ),
  rule(
    `${c}.envFrom[0].prefix`,
    invalid,
    "printable ASCII characters other than '='",
    sources([{ prefix: '1.', secretRef: { name: 's' } }]),
    sources([{ prefix: '=', secretRef: { name: 's' } }]),
  ),
  ...['configMapRef', 'secretRef'].flatMap((ref) => [
    rule(`${c}.envFrom[0].${ref}.name`, required, '', sources([{ [ref]: { name: 's' } }]), sources([{ [ref]: {} }])),
    rule(
      `${c}.envFrom[0].${ref}.name`,
      invalid,
      words.subdomain,
      sources([{ [ref]: { name: 's.t' } }]),
      sources([{ [ref]: { name: 'S' } }]),
    ),
  ]),
]

export const environmentRules: Rule[] = [...variables, ...envFrom]
