import {
  EndpointsResource,
  LimitRanges,
  ReplicationControllers,
  ResourceQuotas,
} from '../../../src/api/core/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { counters, labels, notNegative, owner, template } from '../apps/shared.ts'
import {
  absent,
  below,
  duplicate,
  forbidden,
  invalid,
  nothing,
  notSupported,
  put,
  type Rule,
  range,
  required,
  rule,
  type Table,
  to,
  words,
} from '../rule.ts'

const metadata = { name: 'x' }
const hard = to('spec.hard')
const scopes = to('spec.scopes')
const quota = { metadata, spec: { hard: { pods: '1' } } } as KubeObject
const standard = 'must be a standard resource type or fully qualified'
const both = (list: string[], amounts: object = { pods: '1' }) => put({ 'spec.hard': amounts, 'spec.scopes': list })
const selected = (scopeName: string, operator: string, values?: string[], amounts: object = { pods: '1' }) =>
  put({ 'spec.hard': amounts, 'spec.scopeSelector.matchExpressions': [{ scopeName, operator, values }] })
const expressions = 'spec.scopeSelector.matchExpressions'
const conflicting = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
]

const amounts = (field: string): Rule[] => {
  const of = to(field)
  return [
    rule(`${field}[a b]`, invalid, words.qualified, of({ pods: '1' }), of({ 'a b': '1' })),
    rule(`${field}[x]`, invalid, standard, of({ 'example.com/x': '1' }), of({ x: '1' })),
    rule(
      `${field}[storage]`,
      invalid,
      'must be a standard resource for quota',
      of({ 'requests.storage': '1' }),
      of({ storage: '1' }),
    ),
    rule(`${field}[cpu]`, invalid, words.negative, of({ cpu: '0' }), of({ cpu: '-1' })),
    rule(`${field}[pods]`, invalid, 'must be an integer', of({ pods: '1' }), of({ pods: '1500m' })),
  ]
}

const quotas: Table[] = [
  {
    resource: ResourceQuotas,
    base: quota,
    rules: [
      ...amounts('spec.hard'),
      rule('spec.scopes', invalid, 'unsupported scope', ['BestEffort'], ['Sometimes']),
      rule(
        'spec.scopes',
        invalid,
        'unsupported scope applied to resource',
        both(['BestEffort']),
        both(['BestEffort'], { cpu: '1' }),
      ),
      rule(
        'spec.scopes',
        invalid,
        'unsupported scope applied to resource',
        both(['NotBestEffort'], { cpu: '1' }),
        both(['NotBestEffort'], { services: '1' }),
      ),
      ...conflicting.map((pair) =>
        rule('spec.scopes', invalid, 'conflicting scopes', scopes(pair.slice(1)), scopes(pair)),
      ),
      rule(
        `${expressions}.scopeName`,
        invalid,
        'unsupported scope',
        selected('PriorityClass', 'Exists'),
        selected('Sometimes', 'Exists'),
      ),
      rule(
        expressions,
        invalid,
        'unsupported scope applied to resource',
        selected('BestEffort', 'Exists'),
        selected('BestEffort', 'Exists', undefined, { cpu: '1' }),
      ),
      rule(
        `${expressions}.operator`,
        invalid,
        "must be 'Exist' when scope is any of",
        selected('BestEffort', 'Exists'),
        selected('BestEffort', 'DoesNotExist'),
      ),
      rule(
        `${expressions}.values`,
        required,
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        selected('PriorityClass', 'In', ['a']),
        selected('PriorityClass', 'In'),
      ),
      rule(
        `${expressions}.values`,
        invalid,
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        selected('PriorityClass', 'Exists'),
        selected('PriorityClass', 'Exists', ['a']),
      ),
      rule(
        `${expressions}.operator`,
        invalid,
        'not a valid selector operator',
        selected('PriorityClass', 'NotIn', ['a']),
        selected('PriorityClass', 'Near', ['a']),
      ),
      rule(
        'spec.scopes',
        invalid,
        'conflicting scopes',
        put({ [expressions]: [{ scopeName: 'Terminating', operator: 'Exists' }] }),
        put({
          [expressions]: [
            { scopeName: 'Terminating', operator: 'Exists' },
            { scopeName: 'NotTerminating', operator: 'Exists' },
          ],
        }),
      ),
    ],
  },
  {
    resource: ResourceQuotas,
    write: 'update',
    base: quota,
    rules: [rule('spec.scopes', invalid, words.immutable, hard({ pods: '2' }), ['BestEffort'])],
  },
  {
    resource: ResourceQuotas,
    write: 'status',
    base: quota,
    rules: [...amounts('status.hard'), ...amounts('status.used')],
  },
]

const limits = to('spec.limits')
const item = (fields: object, type = 'Container') => limits([{ type, ...fields }])
const cpu = (low: string) => ({ cpu: low })
const most = (lowName: string, highName: string, low = 2, high = 1) =>
  `${lowName} value ${low} is greater than ${highName} value ${high}`
const first = 'spec.limits[0]'
const claimOf = (fields: object) => item(fields, 'PersistentVolumeClaim')

const ranges: Table[] = [
  {
    resource: LimitRanges,
    base: { metadata, spec: { limits: [] } } as KubeObject,
    rules: [
      rule(`${first}.type`, invalid, words.qualified, item({}, 'example.com/x'), item({}, 'a b')),
      rule(
        `${first}.type`,
        invalid,
        'must be a standard limit type or fully qualified',
        item({}, 'Pod'),
        item({}, 'Node'),
      ),
      rule(
        'spec.limits[1].type',
        duplicate,
        '"Pod"',
        limits([{ type: 'Pod' }, { type: 'Container' }]),
        limits([{ type: 'Pod' }, { type: 'Pod' }]),
      ),
      ...['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'].map((name) =>
        rule(`${first}.${name}[x]`, invalid, standard, item({ [name]: { cpu: '1' } }), item({ [name]: { x: '1' } })),
      ),
      rule(
        `${first}.max[storage]`,
        invalid,
        'must be a standard resource for containers',
        claimOf({ max: { storage: '1' } }),
        item({ max: { storage: '1' } }),
      ),
      ...['default', 'defaultRequest'].map((name) =>
        rule(
          `${first}.${name}`,
          forbidden,
          "may not be specified when `type` is 'Pod'",
          item({ [name]: cpu('1') }),
          item({ [name]: cpu('1') }, 'Pod'),
        ),
      ),
      rule(
        `${first}.limits`,
        required,
        'either minimum or maximum storage value is required, but neither was provided',
        claimOf({ min: { storage: '1' } }),
        claimOf({}),
      ),
      rule(
        `${first}.min[cpu]`,
        invalid,
        most('min', 'max'),
        item({ min: cpu('1'), max: cpu('1') }),
        item({ min: cpu('2'), max: cpu('1') }),
      ),
      rule(
        `${first}.defaultRequest[cpu]`,
        invalid,
        most('min', 'default request'),
        item({ min: cpu('1'), defaultRequest: cpu('1') }),
        item({ min: cpu('2'), defaultRequest: cpu('1') }),
      ),
      rule(
        `${first}.defaultRequest[cpu]`,
        invalid,
        most('default request', 'max'),
        item({ max: cpu('1'), defaultRequest: cpu('1'), default: cpu('1') }),
        item({ max: cpu('1'), default: cpu('1'), defaultRequest: cpu('2') }),
      ),
      rule(
        `${first}.defaultRequest[cpu]`,
        invalid,
        most('default request', 'default limit'),
        item({ default: cpu('1'), defaultRequest: cpu('1') }),
        item({ default: cpu('1'), defaultRequest: cpu('2') }),
      ),
      rule(
        `${first}.default[cpu]`,
        invalid,
        most('min', 'default'),
        item({ min: cpu('1'), default: cpu('1') }),
        item({ min: cpu('2'), default: cpu('1') }),
      ),
      rule(
        `${first}.default[cpu]`,
        invalid,
        most('default', 'max'),
        item({ max: cpu('1'), default: cpu('1') }),
        item({ max: cpu('1'), default: cpu('2') }),
      ),
      rule(
        `${first}.maxLimitRequestRatio[cpu]`,
        invalid,
        'ratio 500m is less than 1',
        item({ maxLimitRequestRatio: cpu('1') }),
        item({ maxLimitRequestRatio: cpu('500m') }),
      ),
      rule(
        `${first}.maxLimitRequestRatio[cpu]`,
        invalid,
        'ratio 3 is greater than max/min = 2.000000',
        item({ min: cpu('1'), max: cpu('2'), maxLimitRequestRatio: cpu('2') }),
        item({ min: cpu('1'), max: cpu('2'), maxLimitRequestRatio: cpu('3') }),
      ),
      rule(
        `${first}.defaultRequest[example.com/x]`,
        invalid,
        'default value 2 must equal to defaultRequest value 1 in example.com/x',
        item({ default: { 'example.com/x': '1' }, defaultRequest: { 'example.com/x': '1' } }),
        item({ default: { 'example.com/x': '2' }, defaultRequest: { 'example.com/x': '1' } }),
      ),
    ],
  },
]

const byStatus = 'cannot be greater than status.replicas'
const replicated = { metadata, spec: { selector: labels, template } } as KubeObject

const controllers: Table[] = [
  {
    resource: ReplicationControllers,
    base: replicated,
    rules: [
      notNegative('spec.replicas'),
      notNegative('spec.minReadySeconds'),
      ...owner('ReplicationController', '').slice(1),
      rule('spec.template', required, '', template, absent),
      rule('spec.template.spec.containers', required, '', template.spec.containers, []),
    ],
    uncovered: [{ path: 'spec.selector', rule: 'is not empty', why: 'it has a default: the labels of the template' }],
  },
  {
    resource: ReplicationControllers,
    write: 'status',
    base: replicated,
    rules: counters(
      ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'],
      [
        ['fullyLabeledReplicas', 'replicas', byStatus],
        ['readyReplicas', 'replicas', byStatus],
        ['availableReplicas', 'replicas', byStatus],
        ['availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas'],
      ],
    ),
  },
]

const address = (path: string): Rule[] =>
  below(path, [
    rule('ip', invalid, words.ip, '1.2.3.4', '1.2.3'),
    rule('ip', invalid, words.ip, '1.2.3.4', absent),
    rule('ip', invalid, 'may not be unspecified (0.0.0.0)', '1.2.3.4', '0.0.0.0'),
    rule('ip', invalid, 'may not be in the loopback range', '1.2.3.4', '::1'),
    rule('ip', invalid, 'may not be in the link-local range', '1.2.3.4', '169.254.1.1'),
    rule('ip', invalid, 'may not be in the link-local multicast range', '1.2.3.4', 'ff02::1'),
    rule('hostname', invalid, words.label, 'a', 'a_b'),
    rule('nodeName', invalid, words.subdomain, 'a.b', 'a_b'),
  ])
const ports = to('subsets[0].ports')
const twoPorts = (fields: object) =>
  ports([
    { port: 1, name: 'a' },
    { port: 2, name: 'b', ...fields },
  ])

const endpoints: Table[] = [
  {
    resource: EndpointsResource,
    base: {
      metadata,
      subsets: [{ addresses: [{ ip: '1.2.3.4' }], notReadyAddresses: [{ ip: '1.2.3.5' }] }],
    } as KubeObject,
    rules: [
      rule(
        'subsets[0]',
        required,
        'must specify `addresses` or `notReadyAddresses`',
        nothing,
        put({ 'subsets[0]': {} }),
      ),
      ...address('subsets[0].addresses[0]'),
      ...address('subsets[0].notReadyAddresses[0]'),
      rule('subsets[0].ports[1].name', required, '', twoPorts({}), twoPorts({ name: '' })),
      rule(
        'subsets[0].ports[0].name',
        invalid,
        words.label,
        ports([{ port: 1, name: 'a' }]),
        ports([{ port: 1, name: 'A' }]),
      ),
      ...range('subsets[0].ports[0].port', 1, 65535),
      rule(
        'subsets[0].ports[0].protocol',
        notSupported,
        '"SCTP", "TCP", "UDP"',
        ports([{ port: 1, protocol: 'SCTP' }]),
        ports([{ port: 1, protocol: 'Sometimes' }]),
      ),
      rule(
        'subsets[0].ports[0].appProtocol',
        invalid,
        words.qualified,
        ports([{ port: 1, appProtocol: 'a' }]),
        ports([{ port: 1, appProtocol: 'a b' }]),
      ),
    ],
  },
]

export const quotaTables: Table[] = [...quotas, ...ranges, ...controllers, ...endpoints]
