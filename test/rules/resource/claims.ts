import type { KubeObject } from '../../../src/api/object.ts'
import { DeviceClasses, ResourceClaims, ResourceClaimTemplates } from '../../../src/api/resource/v1/index.ts'
import {
  below,
  duplicate,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  tooLong,
  tooMany,
  words,
} from '../rule.ts'

const metadata = { name: 'x' }
const exactly = { deviceClassName: 'c' }
export const claimSpec = { devices: { requests: [{ name: 'r', exactly }] } }
const identifier = 'a valid C identifier must start with'

/** As many copies of an element as a list may have, and one more. */
export const lengths = (path: string, most: number, element: (i: number) => unknown): Rule => {
  const list = (length: number) => Array.from({ length }, (_, i) => element(i))
  return rule(path, tooMany, `must have at most ${most} items`, list(most), list(most + 1))
}

export const labelName = (path: string): Rule[] => [
  rule(path, invalid, words.label, '0-a', ''),
  rule(path, invalid, words.label, '0-a', 'A'),
  rule(path, invalid, 'must be no more than 63 characters', 'a'.repeat(63), 'a'.repeat(64)),
]

export const driverName = (path: string): Rule[] => [
  rule(path, required, '', 'A.b', ''),
  rule(path, tooLong, '63', 'a'.repeat(63), 'a'.repeat(64)),
  rule(path, invalid, words.subdomain, 'A.b', 'a_b'),
]

export const propertyName = (path: string, change: (name: string) => unknown, domain = ''): Rule[] => [
  rule(path, invalid, identifier, change(`${domain}_A9`), change(`${domain}9a`)),
  rule(path, tooLong, '32', change(domain + 'a'.repeat(32)), change(domain + 'a'.repeat(33))),
  rule(path, tooLong, '63', change(`${'a'.repeat(63)}/b`), change(`${'a'.repeat(64)}/b`)),
  rule(path, invalid, words.subdomain, change('A.b/c'), change('a_b/c')),
  rule(path, invalid, 'the domain must not be empty', change('a/b'), change('/b')),
  rule(path, invalid, 'the name must not be empty', change('a/b'), change('a/')),
  rule(path, invalid, 'must not contain more than one slash', change('a/b'), change('a/b/c')),
]

/** A JSON object whose text has so many bytes. */
const textOf = (bytes: number) => ({ k: `${'é'.repeat((bytes - 8) / 2)}` })
export const opaqueObject = (path: string): Rule[] => [
  rule(path, tooLong, '10240', textOf(10_240), textOf(10_242)),
  rule(path, invalid, 'must be a valid JSON object', {}, ['a']),
  rule(path, invalid, 'must be a valid JSON object', {}, 'a'),
]

const opaque = { driver: 'd', parameters: {} }
export const configuration = (path: string): Rule[] => [
  rule(`${path}.opaque`, required, '', opaque, put({ [path]: {} })),
  ...below(`${path}.opaque`, [...driverName('driver'), ...opaqueObject('parameters')]).map((one) => ({
    ...one,
    accept: new Map([[`${path}.opaque`, opaque], ...one.accept]),
    refuse: new Map([[`${path}.opaque`, opaque], ...one.refuse]),
  })),
  rule(
    `${path}.opaque.parameters`,
    required,
    '',
    put({ [`${path}.opaque`]: opaque }),
    put({ [`${path}.opaque`]: { driver: 'd' } }),
  ),
]

const cel = (expression: string) => ({ cel: { expression } })
const selectors = (path: string): Rule[] => [
  rule(
    `${path}[0].cel.expression`,
    invalid,
    'must evaluate to bool or the unknown type, not string',
    put({ [path]: [cel('true')] }),
    put({ [path]: [cel('device.driver')] }),
  ),
  lengths(path, 32, () => cel('true')),
  rule(`${path}[0].cel`, required, '', put({ [path]: [cel('true')] }), put({ [path]: [{}] })),
  rule(
    `${path}[0].cel.expression`,
    tooLong,
    '10240',
    put({ [path]: [cel(`'${'é'.repeat(5_114)}' != 'true'`)] }),
    put({ [path]: [cel(`'${'é'.repeat(5_115)}' != 'true'`)] }),
  ),
]

export const toleration = (path: string, known: object = {}): Rule[] => {
  const one = (value: object) => put({ [path]: [{ ...known, ...value }] })
  const bad = '"Sometimes": supported values:'
  return [
    rule(`${path}[0].key`, invalid, words.qualified, one({ key: 'a/b' }), one({ key: 'a b' })),
    rule(
      `${path}[0].value`,
      invalid,
      'must be empty for operator `Exists`',
      one({ operator: 'Exists' }),
      one({ operator: 'Exists', value: 'a' }),
    ),
    rule(`${path}[0].value`, invalid, 'a valid label must be', one({ value: 'a' }), one({ value: 'a b' })),
    rule(
      `${path}[0].operator`,
      notSupported,
      `${bad} "Equal", "Exists"`,
      one({ operator: 'Equal' }),
      one({ operator: 'Sometimes' }),
    ),
    ...['NoExecute', 'NoSchedule', 'None', ''].map((effect) =>
      rule(
        `${path}[0].effect`,
        notSupported,
        `${bad} "NoExecute", "NoSchedule", "None"`,
        one({ effect }),
        one({ effect: 'Sometimes' }),
      ),
    ),
  ]
}

const amounts = (path: string): Rule[] => [
  rule(`${path}.deviceClassName`, required, '', 'a.b', ''),
  rule(`${path}.deviceClassName`, invalid, words.subdomain, 'a.b', 'A'),
  ...selectors(`${path}.selectors`),
  rule(
    `${path}.allocationMode`,
    notSupported,
    '"Sometimes": supported values: "All", "ExactCount"',
    'All',
    'Sometimes',
  ),
  rule(`${path}.count`, invalid, words.notPositive, 0, -1),
  rule(
    `${path}.count`,
    invalid,
    "must not be specified when allocationMode is 'All'",
    put({ [`${path}.allocationMode`]: 'All' }),
    put({ [`${path}.allocationMode`]: 'All', [`${path}.count`]: 1 }),
  ),
  ...toleration(`${path}.tolerations`),
]

const requests = 'devices.requests'
const sub = (name: string) => ({ name, deviceClassName: 'c' })
const choice = { name: 'r', firstAvailable: [sub('s')] }
const inChoice = (rules: Rule[]): Rule[] =>
  rules.map((one) => ({
    ...one,
    accept: new Map([[`${requests}[0]`, choice], ...one.accept]),
    refuse: new Map([[`${requests}[0]`, choice], ...one.refuse]),
  }))
const oneKind = 'exactly one of `exactly` or `firstAvailable` is required'
const first = to(`${requests}[0]`)
const second = to(`${requests}[1]`)

/** References to requests, from a list beside other fields. */
const refs = (path: string, rest: object): Rule[] => {
  const list = (...names: string[]) => put({ [`${requests}[1]`]: choiceT, [path]: [{ ...rest, requests: names }] })
  const choiceT = { ...choice, name: 't' }
  const unknown = 'must be the name of a request in the claim or the name of a request and a subrequest'
  const many = Array.from({ length: 31 }, (_, i) => ({ name: `r${i}`, exactly }))
  const names = many.map(({ name }) => name)
  const all = (...more: string[]) =>
    put({ [requests]: [{ name: 'r', exactly }, ...many], [path]: [{ ...rest, requests: [...names, 'r', ...more] }] })
  const at = `${path}[0].requests`
  return [
    rule(at, tooMany, 'must have at most 32 items', all(), all('r')),
    rule(`${at}[0]`, invalid, unknown, list('r'), list('q')),
    rule(`${at}[0]`, invalid, unknown, list('t/s'), list('t/u')),
    rule(`${at}[0]`, invalid, unknown, list('t'), list('r/s')),
    rule(`${at}[0]`, invalid, unknown, list('t/s'), list('t/s/s')),
    rule(`${at}[0]`, invalid, words.label, list('t/s'), list('t/S')),
    rule(`${at}[1]`, duplicate, '"r"', list('r', 't'), list('r', 'r')),
  ]
}

const match = (matchAttribute: string) => put({ 'devices.constraints': [{ matchAttribute }] })
const distinct = (distinctAttribute: string) => put({ 'devices.constraints': [{ distinctAttribute }] })

const claim: Rule[] = [
  lengths(requests, 32, (i) => ({ name: `r${i}`, exactly })),
  rule(`${requests}[1]`, duplicate, '"r"', second({ name: 's', exactly }), second({ name: 'r', exactly })),
  ...labelName(`${requests}[0].name`),
  rule(`${requests}[0]`, required, oneKind, { name: 'r', exactly }, { name: 'r' }),
  rule(`${requests}[0]`, invalid, `${oneKind}, but multiple fields are set`, first(choice), { ...choice, exactly }),
  ...amounts(`${requests}[0].exactly`),
  ...inChoice([
    lengths(`${requests}[0].firstAvailable`, 8, (i) => sub(`s${i}`)),
    rule(
      `${requests}[0].firstAvailable[1]`,
      duplicate,
      '"s"',
      put({ [`${requests}[0].firstAvailable`]: [sub('s'), sub('t')] }),
      put({ [`${requests}[0].firstAvailable`]: [sub('s'), sub('s')] }),
    ),
    ...labelName(`${requests}[0].firstAvailable[0].name`),
    ...amounts(`${requests}[0].firstAvailable[0]`),
  ]),
  lengths('devices.constraints', 32, () => ({ matchAttribute: 'a/b' })),
  ...refs('devices.constraints', { matchAttribute: 'a/b' }),
  rule('devices.constraints[0]', required, 'exactly one of', { matchAttribute: 'a/b' }, {}),
  ...propertyName('devices.constraints[0].matchAttribute', match, 'a/'),
  ...propertyName('devices.constraints[0].distinctAttribute', distinct, 'a/'),
  rule('devices.constraints[0].matchAttribute', invalid, 'a fully qualified name must be', match('a/b'), match('b')),
  lengths('devices.config', 32, () => ({ opaque })),
  ...refs('devices.config', { opaque }),
  ...configuration('devices.config[0]'),
]

export const claimTables: Table[] = [
  {
    resource: DeviceClasses,
    base: { metadata, spec: {} } as KubeObject,
    rules: [
      ...selectors('spec.selectors'),
      lengths('spec.config', 32, () => ({ opaque })),
      ...configuration('spec.config[0]'),
      ...['a', 'kubernetes.io/a', 'requests.a.b/c', 'a b/c'].map((bad) =>
        rule('spec.extendedResourceName', invalid, 'must be a valid extended resource name', 'a.b/c', bad),
      ),
    ],
  },
  {
    resource: ResourceClaims,
    base: { metadata, spec: claimSpec } as KubeObject,
    rules: below('spec', claim),
    uncovered: [{ path: 'spec.devices.*.adminAccess', rule: "the namespace's label allows it", why: 'not done' }],
  },
  {
    resource: ResourceClaimTemplates,
    base: { metadata, spec: { spec: claimSpec } } as KubeObject,
    rules: [
      ...below('spec.spec', claim),
      rule('spec.metadata.labels', invalid, words.qualified, { 'a/b': '' }, { 'a b': '' }),
      rule('spec.metadata.annotations', invalid, words.qualified, { 'A/b': '' }, { 'a b': '' }),
    ],
  },
]
