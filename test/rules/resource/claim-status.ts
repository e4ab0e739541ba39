import type { KubeObject } from '../../../src/api/object.ts'
import { ResourceClaims } from '../../../src/api/resource/v1/index.ts'
import {
  below,
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
  tooLong,
  tooMany,
  words,
} from '../rule.ts'
import { claimSpec, configuration, driverName, labelName, lengths, opaqueObject, toleration } from './claims.ts'
import { bindings, poolName } from './slices.ts'

const result = { request: 'r', driver: 'd', pool: 'p', device: 'v' }
const allocated = { devices: { results: [result] } }
const results = 'status.allocation.devices.results'
const config = 'status.allocation.devices.config'
const base = { metadata: { name: 'claim' }, spec: claimSpec } as KubeObject
const uid = '01234567-89ab-cdef-0123-456789abcdef'

const first = `${results}[0]`
const change = (values: object) => put({ [first]: { ...result, ...values } })
/** The rules of a list's first element, of which the other fields are given. */
const inside = (path: string, known: object, rules: Rule[]): Rule[] =>
  below(path, rules).map((one) => ({
    ...one,
    accept: new Map([[path, known], ...one.accept]),
    refuse: new Map([[path, known], ...one.refuse]),
  }))

const device: Rule[] = [...driverName('driver'), ...poolName('pool'), ...labelName('device')]
const normal = 'uid must be in RFC 4122 normalized form'
const shareId: Rule[] = [
  rule('shareID', invalid, 'error validating uid: invalid UUID length: 1', uid, 'a'),
  rule('shareID', invalid, 'error validating uid: invalid UUID format', uid, uid.replace('0', 'g')),
  rule('shareID', invalid, normal, uid, uid.toUpperCase()),
]

const unknown = 'must be the name of a request in the claim'
const source = { source: 'FromClaim', opaque: { driver: 'd', parameters: {} } }
const term = (key: string) => ({ nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'Exists' }] }] })
const allocation: Rule[] = [
  lengths(results, 32, () => result),
  lengths(config, 64, () => source),
  ...inside(first, result, [...device, ...shareId]),
  rule(`${first}.request`, invalid, unknown, change({}), change({ request: 'q' })),
  rule(`${first}.request`, invalid, words.label, change({}), change({ request: 'R' })),
  ...bindings(first, change),
  ...inside(first, result, toleration('tolerations')),
  ...inside(`${config}[0]`, source, [
    rule('source', required, '', 'FromClaim', ''),
    rule('source', notSupported, '"A": supported values: "FromClaim", "FromClass"', 'FromClass', 'A'),
    rule('requests[0]', invalid, unknown, 'r', 'q'),
  ]),
  rule(
    `${config}[0].requests[1]`,
    duplicate,
    '"r"',
    put({ [`${config}[0]`]: { ...source, requests: ['r'] } }),
    put({ [`${config}[0]`]: { ...source, requests: ['r', 'r'] } }),
  ),
  ...configuration(`${config}[0]`)
    .filter(({ path }) => path.includes('opaque.'))
    .map((one) => ({
      ...one,
      accept: new Map([[`${config}[0].source`, 'FromClass'], ...one.accept]),
      refuse: new Map([[`${config}[0].source`, 'FromClass'], ...one.refuse]),
    })),
  rule(
    'status.allocation.nodeSelector.nodeSelectorTerms[0].matchExpressions[0].key',
    invalid,
    words.qualified,
    put({ 'status.allocation.nodeSelector': term('a') }),
    put({ 'status.allocation.nodeSelector': term('a b') }),
  ),
]

const user = (i: number | string) => ({ resource: 'pods', name: 'p', uid: `u${i}` })
const users = (count: number) => Array.from({ length: count }, (_, i) => user(i))
const reserved = 'status.reservedFor'
const told = 'status.devices[0]'
const own = { driver: 'd', pool: 'p', device: 'v' }
const tell = (values: object) => put({ [told]: { ...own, ...values } })
const condition = (type: string) => ({
  type,
  status: 'True',
  reason: 'R',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
})
const conditions = (count: number) => Array.from({ length: count }, (_, i) => condition(`c${i}`))
const network = (values: object) => tell({ networkData: values })
const ips = (...list: string[]) => network({ ips: list })
const address = 'must be a valid address in CIDR form'
const many = (count: number) => Array.from({ length: count }, (_, i) => `10.0.0.${i}/24`)

export const statusTables: Table[] = [
  {
    resource: ResourceClaims,
    write: 'status',
    base,
    rules: [
      ...allocation,
      rule(
        reserved,
        forbidden,
        'may not be specified when `allocated` is not set',
        put({ 'status.allocation': allocated, [reserved]: users(1) }),
        users(1),
      ),
    ],
  },
  {
    resource: ResourceClaims,
    write: 'status',
    base: { ...base, status: { allocation: allocated } } as KubeObject,
    rules: [
      rule('status.allocation', invalid, words.immutable, nothing, change({ pool: 'q' })),
      lengths(reserved, 256, user),
      rule(`${reserved}[1]`, duplicate, '"u0"', put({ [reserved]: users(2) }), put({ [reserved]: [user(0), user(0)] })),
      ...['resource', 'name', 'uid'].map((name) =>
        rule(
          `${reserved}[0].${name}`,
          required,
          '',
          put({ [reserved]: users(1) }),
          put({ [reserved]: [{ ...user(0), [name]: '' }] }),
        ),
      ),
      ...(['driver', 'pool', 'device'] as const).map((name) =>
        rule(told, invalid, 'must be an allocated device in the claim', tell({}), tell({ [name]: 'other' })),
      ),
      rule(`${told}.driver`, required, '', tell({}), tell({ driver: '' })),
      rule(`${told}.pool`, required, '', tell({}), tell({ pool: '' })),
      rule(`${told}.device`, invalid, words.label, tell({}), tell({ device: 'V' })),
      rule(`${told}.shareID`, invalid, 'invalid UUID length', tell({}), tell({ shareID: 'a' })),
      rule('status.devices[1]', duplicate, '', put({ 'status.devices': [own] }), put({ 'status.devices': [own, own] })),
      ...inside(told, own, opaqueObject('data')),
      rule(
        `${told}.conditions`,
        tooMany,
        'at most 8',
        tell({ conditions: conditions(8) }),
        tell({ conditions: conditions(9) }),
      ),
      rule(
        `${told}.conditions[0].type`,
        invalid,
        words.qualified,
        tell({ conditions: [condition('a/b')] }),
        tell({ conditions: [condition('a b')] }),
      ),
      rule(
        `${told}.networkData.interfaceName`,
        tooLong,
        '256',
        network({ interfaceName: 'é'.repeat(128) }),
        network({ interfaceName: 'é'.repeat(129) }),
      ),
      rule(
        `${told}.networkData.hardwareAddress`,
        tooLong,
        '128',
        network({ hardwareAddress: 'é'.repeat(64) }),
        network({ hardwareAddress: 'é'.repeat(65) }),
      ),
      rule(`${told}.networkData.ips`, tooMany, 'at most 16', ips(...many(16)), ips(...many(17))),
      rule(`${told}.networkData.ips[0]`, invalid, address, ips('10.9.8.7/24'), ips('10.9.8.7')),
      rule(
        `${told}.networkData.ips[0]`,
        invalid,
        'must be in canonical form ("2001:db8::1/64")',
        ips('2001:db8::1/64'),
        ips('2001:db8:0::1/64'),
      ),
      rule(
        `${told}.networkData.ips[1]`,
        duplicate,
        '',
        ips('10.0.0.1/8', '10.0.0.2/8'),
        ips('10.0.0.1/8', '10.0.0.1/8'),
      ),
    ],
    uncovered: [
      {
        path: reserved,
        rule: 'gets no new entries while the claim is deleted',
        why: 'a case would need a deleted claim',
      },
    ],
  },
]
