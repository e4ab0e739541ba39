import {
  absent,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  oneOf,
  put,
  type Rule,
  required,
  rule,
  to,
  tooMany,
  words,
} from '../rule.ts'

/** Rules of the containers of a pod; paths start at the spec, which has one container, `c`. */

const c = 'containers[0]'
const second = to('containers[1]')
const inits = to('initContainers')
const init = (fields: object) => inits([{ name: 'n', image: 'i', ...fields }])
const sidecar = (fields: object) => init({ restartPolicy: 'Always', ...fields })
const exec = { exec: { command: ['true'] } }

const names: Rule[] = [
  rule('containers', required, '', [{ name: 'c', image: 'i' }], []),
  rule(`${c}.name`, required, '', 'c', absent),
  rule(`${c}.name`, invalid, words.label, 'c-1', 'C'),
  rule(`${c}.name`, invalid, 'must not contain dots', 'c-1', 'c.1'),
  rule(`${c}.name`, invalid, 'must be no more than 63 characters', 'c'.repeat(63), 'c'.repeat(64)),
  rule('containers[1].name', duplicate, '"c"', second({ name: 'd', image: 'i' }), second({ name: 'c', image: 'i' })),
  rule('initContainers[0].name', duplicate, '"c"', init({}), init({ name: 'c' })),
  rule('initContainers[0].name', required, '', init({}), init({ name: '' })),
  rule('initContainers[1].name', duplicate, '"n"', init({}), inits(Array(2).fill({ name: 'n', image: 'i' }))),
  rule('initContainers[0].image', required, '', init({}), init({ image: '' })),
  rule(`${c}.image`, required, '', 'i', absent),
  ...oneOf(`${c}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never']),
  rule(`${c}.terminationMessagePolicy`, notSupported, '"File", "FallbackToLogsOnError"', 'File', 'Log'),
]

const p = `${c}.ports[0]`
const list = to(`${c}.ports`)
const one = (fields: object) => list([{ containerPort: 1, ...fields }])
const two = (first: object, other: object) =>
  list([
    { containerPort: 1, ...first },
    { containerPort: 2, ...other },
  ])
const ofBoth = (first: object, other: object) =>
  put({
    [`${c}.ports`]: [{ containerPort: 1, ...first }],
    'containers[1]': { name: 'd', image: 'i', ports: [{ containerPort: 1, ...other }] },
  })
const portRange = 'must be between 1 and 65535, inclusive'
const ports: Rule[] = [
  rule(
    `${p}.name`,
    invalid,
    'no more than 15 characters',
    one({ name: 'a'.repeat(15) }),
    one({ name: 'a'.repeat(16) }),
  ),
  rule(`${p}.name`, invalid, 'must contain at least one letter (a-z)', one({ name: '1a' }), one({ name: '11' })),
  rule(`${p}.name`, invalid, 'must contain only alpha-numeric characters', one({ name: 'a' }), one({ name: 'aA' })),
  rule(`${p}.name`, invalid, 'must not contain consecutive hyphens', one({ name: 'a-b' }), one({ name: 'a--b' })),
  rule(`${p}.name`, invalid, 'must not begin or end with a hyphen', one({ name: 'a-b' }), one({ name: '-b' })),
  rule(`${c}.ports[1].name`, duplicate, '"a"', two({ name: 'a' }, { name: 'b' }), two({ name: 'a' }, { name: 'a' })),
  rule(`${p}.containerPort`, required, '', 1, 0),
  rule(`${p}.containerPort`, invalid, portRange, 65535, 65536),
  rule(`${p}.containerPort`, invalid, portRange, 1, -1),
  rule(`${p}.hostPort`, invalid, portRange, one({ hostPort: 65535 }), one({ hostPort: 65536 })),
  rule(`${p}.hostPort`, invalid, portRange, one({ hostPort: 0 }), one({ hostPort: -1 })),
  rule(`${p}.protocol`, notSupported, '"SCTP", "TCP", "UDP"', one({ protocol: 'SCTP' }), one({ protocol: 'tcp' })),
  rule(
    `${c}.ports[1].hostPort`,
    duplicate,
    '"TCP//80"',
    two({ hostPort: 80 }, { hostPort: 80, protocol: 'UDP' }),
    two({ hostPort: 80 }, { hostPort: 80 }),
  ),
  rule(
    'containers[1].ports[0].hostPort',
    duplicate,
    '"TCP//80"',
    ofBoth({ hostPort: 80 }, { hostPort: 80, hostIP: '10.0.0.1' }),
    ofBoth({ hostPort: 80 }, { hostPort: 80 }),
  ),
]

const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']
const probes: Rule[] = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((name) => {
  const at = `${c}.${name}`
  const probe = (fields: object) => put({ [at]: { ...exec, ...fields } })
  const grace = `${at}.terminationGracePeriodSeconds`
  return [
    rule(at, required, 'must specify a handler type', exec, {}),
    rule(
      `${at}.httpGet`,
      forbidden,
      'may not specify more than 1 handler type',
      probe({}),
      probe({ httpGet: { path: '/', port: 80 } }),
    ),
    ...counts.map((field) =>
      rule(`${at}.${field}`, invalid, words.negative, probe({ [field]: 1 }), probe({ [field]: -1 })),
    ),
    ...(name === 'readinessProbe'
      ? [
          rule(
            grace,
            invalid,
            'must not be set for readinessProbes',
            probe({ successThreshold: 2 }),
            probe({ terminationGracePeriodSeconds: 1 }),
          ),
        ]
      : [
          rule(
            grace,
            invalid,
            'must be greater than 0',
            probe({ terminationGracePeriodSeconds: 1 }),
            probe({ terminationGracePeriodSeconds: 0 }),
          ),
          rule(
            `${at}.successThreshold`,
            invalid,
            'must be 1',
            probe({ successThreshold: 1 }),
            probe({ successThreshold: 2 }),
          ),
        ]),
  ]
})

const live = to(`${c}.livenessProbe`)
const http = (fields: object) => live({ httpGet: { path: '/', port: 80, ...fields } })
const l = `${c}.livenessProbe`
const header = (name: string) => http({ httpHeaders: [{ name, value: '' }] })
const handlers: Rule[] = [
  rule(`${l}.exec.command`, required, '', live(exec), live({ exec: { command: [] } })),
  rule(`${l}.httpGet.port`, invalid, portRange, http({ port: 65535 }), http({ port: 65536 })),
  rule(`${l}.httpGet.port`, invalid, 'must contain at least one letter', http({ port: 'web' }), http({ port: '80' })),
  rule(`${l}.httpGet.scheme`, notSupported, '"HTTP", "HTTPS"', http({ scheme: 'HTTPS' }), http({ scheme: 'https' })),
  rule(`${l}.httpGet.httpHeaders`, invalid, 'a valid HTTP header must consist of', header('X-A'), header('X A')),
  rule(`${l}.tcpSocket.port`, invalid, portRange, live({ tcpSocket: { port: 1 } }), live({ tcpSocket: { port: 0 } })),
  rule(`${l}.grpc.port`, invalid, portRange, live({ grpc: { port: 1 } }), live({ grpc: { port: 0 } })),
  ...['postStart', 'preStop'].flatMap((name) => {
    const at = `${c}.lifecycle.${name}`
    const hook = to(at)
    const sleep = (seconds: number) => hook({ sleep: { seconds } })
    const tooLong = 'must be non-negative and less than terminationGracePeriodSeconds (30)'
    return [
      rule(at, required, 'must specify a handler type', exec, {}),
      rule(
        `${at}.tcpSocket`,
        forbidden,
        'may not specify more than 1 handler type',
        hook(exec),
        hook({ ...exec, tcpSocket: { port: 80 } }),
      ),
      rule(`${at}.sleep`, invalid, tooLong, sleep(30), sleep(31)),
      rule(`${at}.sleep`, invalid, tooLong, sleep(0), sleep(-1)),
    ]
  }),
]

const i = 'initContainers[0]'
const onlySidecars = 'may not be set for init containers without restartPolicy=Always'
const twice = { ...exec, successThreshold: 2 }
const unnumbered = [{ containerPort: 0 }]
const initial: Rule[] = [
  rule(`${i}.lifecycle`, forbidden, onlySidecars, sidecar({ lifecycle: { preStop: exec } }), init({ lifecycle: {} })),
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((name) =>
    rule(`${i}.${name}`, forbidden, onlySidecars, sidecar({ [name]: exec }), init({ [name]: exec })),
  ),
  rule(`${i}.livenessProbe.successThreshold`, invalid, 'must be 1', sidecar({}), sidecar({ livenessProbe: twice })),
  rule(`${i}.restartPolicy`, notSupported, '"Sometimes"', sidecar({}), init({ restartPolicy: 'Sometimes' })),
  rule(
    `${i}.ports[0].containerPort`,
    required,
    '',
    init({ ports: [{ containerPort: 1 }] }),
    init({ ports: unnumbered }),
  ),
]

const onExit = { action: 'Restart', exitCodes: { operator: 'In', values: [1] } }
const restart = (rules: object[]) => put({ [`${c}.restartPolicy`]: 'Never', [`${c}.restartPolicyRules`]: rules })
const codes = (count: number) =>
  restart([{ ...onExit, exitCodes: { operator: 'In', values: Array.from({ length: count }, (_, n) => n) } }])
const is = restart([{ ...onExit, exitCodes: { operator: 'Is', values: [1] } }])
const r = `${c}.restartPolicyRules`
const restarts: Rule[] = [
  ...oneOf(`${c}.restartPolicy`, ['Always', 'Never', 'OnFailure']),
  rule(
    `${c}.restartPolicy`,
    required,
    'must specify restartPolicy when restart rules are used',
    restart([onExit]),
    put({ [r]: [onExit] }),
  ),
  rule(r, tooMany, '21', restart(Array(20).fill(onExit)), restart(Array(21).fill(onExit))),
  rule(`${r}[0].action`, notSupported, '"Pause"', restart([onExit]), restart([{ ...onExit, action: 'Pause' }])),
  rule(`${r}[0].exitCodes`, required, 'must be specified', restart([onExit]), restart([{ action: 'Restart' }])),
  rule(`${r}[0].exitCodes.operator`, notSupported, '"Is"', restart([onExit]), is),
  rule(`${r}[0].exitCodes.values`, tooMany, '256', codes(255), codes(256)),
]

export const containerRules: Rule[] = [...names, ...ports, ...probes, ...handlers, ...initial, ...restarts]
