import { FlowSchemas, PriorityLevelConfigurations } from '../../../src/api/flowcontrol/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { mandatory } from '../../../src/apiserver/flow-control/defaults.ts'
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  words,
} from '../rule.ts'

const metadata = { name: 'x' }
const user = { kind: 'User', user: { name: 'u' } }
const urls = { verbs: ['get'], nonResourceURLs: ['/a'] }
const group = { verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['n'] }
const one = 'spec.rules[0]'
const schema = {
  metadata,
  spec: {
    priorityLevelConfiguration: { name: 'p' },
    rules: [{ subjects: [user], nonResourceRules: [urls], resourceRules: [group] }],
  },
} as KubeObject
const subject = (fields: object) => put({ [`${one}.subjects[0]`]: fields })
const account = (fields: object) =>
  subject({ kind: 'ServiceAccount', serviceAccount: { name: 's', namespace: 'n', ...fields } })
const others = (what: string) => `if '*' is present, must not specify other ${what}`
const url = `${one}.nonResourceRules[0].nonResourceURLs`
const of = (field: string, type: Rule['type'], message: string, accept: unknown, refuse: unknown) =>
  rule(`${one}.resourceRules[0].${field}`, type, message, accept, refuse)

const subjects: Rule[] = [
  rule(`${one}.subjects`, required, 'subjects must contain at least one value', [user], []),
  rule(
    `${one}.subjects[0].kind`,
    notSupported,
    'supported values: "Group", "ServiceAccount", "User"',
    subject({ kind: 'Group', group: { name: 'g' } }),
    subject({ kind: 'Robot' }),
  ),
  ...[
    ['User', 'user', 'group', 'Group'],
    ['Group', 'group', 'user', 'User'],
    ['ServiceAccount', 'serviceAccount', 'user', 'User'],
  ].flatMap(([kind = '', field = '', other = '', otherKind]) => {
    const given = { kind, [field]: { name: 'a', ...(kind === 'ServiceAccount' && { namespace: 'n' }) } }
    const at = `${one}.subjects[0]`
    return [
      rule(
        `${at}.${field}`,
        required,
        `${field} is required when subject kind is '${kind}'`,
        subject(given),
        subject({ kind }),
      ),
      rule(
        `${at}.${other}`,
        forbidden,
        `${other} is forbidden when subject kind is not '${otherKind}'`,
        subject(given),
        subject({ ...given, [other]: { name: 'a' } }),
      ),
      rule(
        `${at}.${field}.name`,
        required,
        '',
        subject(given),
        subject({ kind, [field]: { name: '', ...(kind === 'ServiceAccount' && { namespace: 'n' }) } }),
      ),
    ]
  }),
  rule(
    `${one}.subjects[0].serviceAccount.name`,
    invalid,
    words.subdomain,
    account({ name: '*' }),
    account({ name: 'A' }),
  ),
  rule(
    `${one}.subjects[0].serviceAccount.namespace`,
    required,
    'must specify namespace for service account',
    account({}),
    account({ namespace: '' }),
  ),
  rule(
    `${one}.subjects[0].serviceAccount.namespace`,
    invalid,
    words.label,
    account({ namespace: '1' }),
    account({ namespace: '*' }),
  ),
]

const requests: Rule[] = [
  rule(
    one,
    required,
    'at least one of resourceRules and nonResourceRules has to be non-empty',
    { subjects: [user], nonResourceRules: [urls] },
    { subjects: [user] },
  ),
  of('verbs', required, 'verbs must contain at least one value', ['*'], []),
  of('verbs', invalid, others('verbs'), ['get', 'list'], ['get', '*']),
  of('verbs', notSupported, 'supported values: "create", "delete"', ['proxy'], ['post']),
  of('apiGroups', required, 'resource rules must supply at least one api group', [''], []),
  of('apiGroups', invalid, others('api groups'), ['', 'a'], ['', '*']),
  of('resources', required, 'resource rules must supply at least one resource', ['*'], []),
  of('resources', invalid, others('resources'), ['a', 'b'], ['a', '*']),
  of(
    'namespaces',
    required,
    'resource rules that are not cluster scoped must supply at least one namespace',
    put({ [`${one}.resourceRules[0]`]: { ...group, namespaces: [], clusterScope: true } }),
    [],
  ),
  of('namespaces', invalid, others('namespaces'), ['*'], ['a', '*']),
  {
    ...of('namespaces', invalid, "must be '*' or a DNS-1123 label", ['1'], ['A']),
    path: `${one}.resourceRules[0].namespaces[0]`,
  },
  rule(`${one}.nonResourceRules[0].verbs`, required, 'verbs must contain at least one value', ['*'], []),
  rule(url, required, 'nonResourceURLs must contain at least one value', ['*'], []),
  rule(url, invalid, others('non-resource URLs'), ['/', '/a/*'], ['/', '*']),
  rule(`${url}[0]`, invalid, 'must not be empty', '/', ''),
  rule(`${url}[0]`, invalid, 'must start with slash', '/a', 'a'),
  rule(`${url}[0]`, invalid, 'must not contain white-space', '/a\tb', '/a b'),
  rule(`${url}[0]`, invalid, 'must not contain double slash', '/a/', '/a//'),
  rule(`${url}[0]`, invalid, 'wildcard can only do suffix matching', '/a/*', '/a*'),
  rule(`${url}[0]`, invalid, 'wildcard can only do suffix matching', '/*', '/*/a'),
]

const conditions = (...types: string[]) => put({ 'status.conditions': types.map((type) => ({ type, status: 'True' })) })
const status: Rule[] = [
  rule('status.conditions[1].type', duplicate, '"A"', conditions('A', 'B'), conditions('A', 'A')),
  rule('status.conditions[0].type', required, 'must not be empty', conditions('A b'), conditions('')),
]
const fixed = (spec: unknown) =>
  rule(
    'spec',
    invalid,
    "spec of 'catch-all' must equal the fixed value",
    put({ 'metadata.name': 'catch-all', spec }),
    put({ 'metadata.name': 'catch-all' }),
  )

const queuing = { queues: 64, handSize: 6, queueLengthLimit: 50 }
const limitedTo = (limitResponse: object, fields: object = {}) =>
  put({ spec: { type: 'Limited', limited: { limitResponse, ...fields } } })
const queues = (fields: object) => limitedTo({ type: 'Queue', queuing: { ...queuing, ...fields } })
const response = 'spec.limited.limitResponse'
const level = { metadata, spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } } as KubeObject

const levels: Rule[] = [
  rule(
    'spec.type',
    invalid,
    "type must be 'Exempt' if and only if name is 'exempt'",
    'Limited',
    put({ spec: { type: 'Exempt' } }),
  ),
  rule('spec.type', notSupported, 'supported values: "Exempt", "Limited"', 'Limited', 'Sometimes'),
  rule('spec.limited', required, 'must not be empty when type is Limited', put({}), put({ spec: { type: 'Limited' } })),
  rule('spec.exempt', forbidden, 'must be nil if the type is Limited', put({}), {}),
  ...['spec.limited'].flatMap((at) => [
    rule(`${at}.nominalConcurrencyShares`, invalid, 'must be a non-negative integer', 0, -1),
    rule(`${at}.lendablePercent`, invalid, 'must be between 0 and 100, inclusive', 0, -1),
    rule(`${at}.lendablePercent`, invalid, 'must be between 0 and 100, inclusive', 100, 101),
    rule(`${at}.borrowingLimitPercent`, invalid, 'if specified, must be a non-negative integer', 0, -1),
  ]),
  rule(
    `${response}.type`,
    notSupported,
    'supported values: "Queue", "Reject"',
    limitedTo({ type: 'Reject' }),
    limitedTo({ type: 'Sometimes' }),
  ),
  rule(
    `${response}.queuing`,
    forbidden,
    'must be nil if limited.limitResponse.type is not Limited',
    queues({}),
    limitedTo({ type: 'Reject', queuing }),
  ),
  rule(
    `${response}.queuing.queueLengthLimit`,
    invalid,
    'must be positive',
    queues({ queueLengthLimit: 1 }),
    queues({ queueLengthLimit: -1 }),
  ),
  rule(`${response}.queuing.queues`, invalid, 'must be positive', queues({ queues: 6 }), queues({ queues: -1 })),
  rule(
    `${response}.queuing.queues`,
    invalid,
    'must not be greater than 10000000',
    queues({ queues: 10_000_000, handSize: 1 }),
    queues({ queues: 10_000_001, handSize: 1 }),
  ),
  rule(`${response}.queuing.handSize`, invalid, 'must be positive', queues({ handSize: 1 }), queues({ handSize: -1 })),
  rule(
    `${response}.queuing.handSize`,
    invalid,
    'should not be greater than queues (6)',
    queues({ queues: 6, handSize: 6 }),
    queues({ queues: 6, handSize: 7 }),
  ),
  rule(
    `${response}.queuing.handSize`,
    invalid,
    'required entropy bits of deckSize 64 and handSize 11 should not be greater than 60',
    queues({ handSize: 10 }),
    queues({ handSize: 11 }),
  ),
]

export const flowTables: Table[] = [
  {
    resource: FlowSchemas,
    base: schema,
    rules: [
      rule('spec.priorityLevelConfiguration.name', required, 'must reference a priority level', 'p', ''),
      rule('spec.priorityLevelConfiguration.name', invalid, words.subdomain, 'p.q', 'P'),
      rule('spec.matchingPrecedence', invalid, 'must be a positive value', 2, -1),
      rule('spec.matchingPrecedence', invalid, 'must not be greater than 10000', 10_000, 10_001),
      rule('spec.matchingPrecedence', invalid, "only the schema named 'exempt' may have matchingPrecedence 1", 2, 1),
      rule('spec.distinguisherMethod.type', notSupported, 'supported values: "ByNamespace", "ByUser"', 'ByUser', ''),
      ...subjects,
      ...requests,
      fixed(mandatory.schemas.find(({ metadata }) => metadata.name === 'catch-all')?.spec),
    ],
  },
  {
    resource: FlowSchemas,
    write: 'status',
    base: { ...schema, metadata: { name: 'stored' } } as KubeObject,
    rules: status,
  },
  {
    resource: PriorityLevelConfigurations,
    base: level,
    rules: [...levels, fixed(mandatory.levels.find(({ metadata }) => metadata.name === 'catch-all')?.spec)],
    uncovered: [{ path: `${response}.queuing`, rule: 'is there for queues', why: 'it has a default' }],
  },
  {
    resource: PriorityLevelConfigurations,
    write: 'status',
    base: { ...level, metadata: { name: 'stored' } } as KubeObject,
    rules: status,
  },
]
