import type { KubeObject } from '../../../src/api/object.ts'
import { ResourceSlices } from '../../../src/api/resource/v1/index.ts'
import {
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
  tooLong,
  tooMany,
  words,
} from '../rule.ts'
import { driverName, labelName, lengths, propertyName } from './claims.ts'

const base = {
  metadata: { name: 'x' },
  spec: { driver: 'd', nodeName: 'n', pool: { name: 'p', generation: 1, resourceSliceCount: 1 } },
} as KubeObject

export const poolName = (path: string): Rule[] => [
  rule(path, required, '', 'a.b/c', ''),
  rule(path, tooLong, '253', `${'a'.repeat(126)}/${'a'.repeat(126)}`, `${'a'.repeat(126)}/${'a'.repeat(127)}`),
  rule(path, invalid, words.subdomain, 'a.b/c', 'a//c'),
]

const places = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'
const term = { matchExpressions: [{ key: 'a', operator: 'Exists' }] }
const nodeSelector = { nodeSelectorTerms: [term] }
/** The slice's place, or the fields that a device has for it. */
const place = (values: object) =>
  put({ spec: { driver: 'd', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, ...values } })

const placed: Rule[] = [
  rule('spec', required, places, nothing, place({})),
  rule('spec', required, places, place({ allNodes: true }), place({ allNodes: false })),
  rule(
    'spec',
    invalid,
    `"{\`nodeName\`, \`allNodes\`}": ${places}, but multiple fields are set`,
    nothing,
    put({ 'spec.allNodes': true }),
  ),
  rule('spec', invalid, 'multiple fields are set', place({ nodeSelector }), put({ 'spec.nodeSelector': nodeSelector })),
  rule('spec.nodeName', invalid, words.subdomain, 'n.m', 'N'),
  rule('spec.nodeName', invalid, 'must be either unset or set to a non-empty string', 'n', ''),
  rule('spec.allNodes', invalid, 'must be either unset or set to true', nothing, false),
  rule('spec.perDeviceNodeSelection', invalid, 'must be either unset or set to true', nothing, false),
  rule(
    'spec.nodeSelector.nodeSelectorTerms',
    invalid,
    'must have exactly one node selector term',
    place({ nodeSelector }),
    place({ nodeSelector: { nodeSelectorTerms: [term, term] } }),
  ),
  rule(
    'spec.nodeSelector.nodeSelectorTerms[0].matchExpressions[0].key',
    invalid,
    words.qualified,
    place({ nodeSelector }),
    place({ nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a b', operator: 'Exists' }] }] } }),
  ),
]

const device = 'spec.devices[0]'
const own = (values: object) => place({ perDeviceNodeSelection: true, devices: [{ name: 'v', ...values }] })
const ownPlace = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when'
const devicePlaces: Rule[] = [
  rule(device, required, ownPlace, own({ nodeName: 'n' }), own({})),
  rule(device, invalid, ownPlace, own({ nodeSelector }), own({ nodeSelector, nodeName: 'n' })),
  rule(`${device}.nodeName`, invalid, 'must not be empty', own({ nodeName: 'n' }), own({ nodeName: '' })),
  rule(`${device}.nodeName`, invalid, words.subdomain, own({ nodeName: 'n' }), own({ nodeName: 'N' })),
  rule(`${device}.allNodes`, invalid, 'must be either unset', own({ allNodes: true }), own({ allNodes: false })),
  ...[{ nodeName: 'n' }, { nodeSelector }, { allNodes: true }].map((value) =>
    rule(
      device,
      invalid,
      'can only be set if `perDeviceNodeSelection` is set to true',
      put({ [device]: { name: 'v' } }),
      put({ [device]: { name: 'v', ...value } }),
    ),
  ),
]

const withDevice = (values: object) => put({ 'spec.devices': [{ name: 'v', ...values }] })
const attribute = (value: object) => withDevice({ attributes: { a: value } })
const at = `${device}.attributes[a]`
const exactlyOne = 'exactly one value must be specified'
const properties = (count: number) =>
  withDevice({
    attributes: Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, { int: 1 }])),
    capacity: { c: { value: '1' } },
  })
const attributes: Rule[] = [
  ...propertyName(`${device}.attributes`, (name) => withDevice({ attributes: { [name]: { int: 1 } } })),
  ...propertyName(`${device}.capacity`, (name) => withDevice({ capacity: { [name]: { value: '1' } } })),
  rule(device, invalid, 'attributes and capacities must not exceed 32', properties(31), properties(32)),
  ...[{ int: 0 }, { bool: false }, { string: '' }, { version: '1.0.0' }].flatMap((value) => [
    rule(at, invalid, exactlyOne, attribute(value), attribute({})),
    rule(at, invalid, exactlyOne, attribute(value), attribute({ string: 'a', bool: true })),
  ]),
  rule(
    `${at}.string`,
    tooLong,
    '64',
    attribute({ string: 'é'.repeat(32) }),
    attribute({ string: `${'é'.repeat(32)}a` }),
  ),
  rule(
    `${at}.version`,
    tooLong,
    '64',
    attribute({ version: `1.0.0-${'a'.repeat(58)}` }),
    attribute({ version: `1.0.0-${'a'.repeat(59)}` }),
  ),
  ...[
    ['1.2.3', '1.2'],
    ['0.0.0', '01.0.0'],
    ['1.0.0-a.1+b.01', '1.0.0-a.01'],
    ['1.0.0+b', '1.0.0+'],
    ['1.0.0', 'v1.0.0'],
  ].map(([good, bad]) =>
    rule(`${at}.version`, invalid, 'semver.org spec 2.0.0', attribute({ version: good }), attribute({ version: bad })),
  ),
]

const taint = (value: object) => withDevice({ taints: [{ key: 'k', effect: 'None', ...value }] })
const manyTaints = (length: number) =>
  withDevice({ taints: Array.from({ length }, () => ({ key: 'k', effect: 'None' })) })
const taints: Rule[] = [
  rule(`${device}.taints`, tooMany, 'must have at most 16 items', manyTaints(16), manyTaints(17)),
  rule(`${device}.taints[0].key`, invalid, words.qualified, taint({ key: 'a/b' }), taint({ key: 'a b' })),
  rule(`${device}.taints[0].key`, invalid, 'name part must be non-empty', taint({ key: 'a' }), taint({ key: '' })),
  rule(`${device}.taints[0].value`, invalid, 'a valid label must be', taint({ value: 'a' }), taint({ value: 'a b' })),
  rule(`${device}.taints[0].effect`, required, '', taint({}), taint({ effect: '' })),
  ...['NoExecute', 'NoSchedule', 'None'].map((effect) =>
    rule(
      `${device}.taints[0].effect`,
      notSupported,
      '"Sometimes": supported values: "NoExecute", "NoSchedule", "None"',
      taint({ effect }),
      taint({ effect: 'Sometimes' }),
    ),
  ),
]

/** Each condition list with elements of the other, since neither goes alone. */
export const bindings = (path: string, change: (values: object) => ReturnType<typeof put>): Rule[] => {
  const lists = (bindingConditions: string[], bindingFailureConditions: string[]) =>
    change({ bindingConditions, bindingFailureConditions })
  const [good, bad] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`]
  const four = ['a', 'b', 'c', 'd']
  const most = 'must have at most 4 items'
  return [
    rule(good, tooMany, most, lists(four, ['z']), lists([...four, 'e'], ['z'])),
    rule(bad, tooMany, most, lists(['z'], four), lists(['z'], [...four, 'e'])),
    rule(`${good}[0]`, invalid, words.qualified, lists(['a/b'], ['z']), lists(['a b'], ['z'])),
    rule(`${bad}[0]`, invalid, words.qualified, lists(['z'], ['a/b']), lists(['z'], ['a b'])),
    rule(`${good}[1]`, duplicate, '"a"', lists(['a', 'b'], ['z']), lists(['a', 'a'], ['z'])),
    rule(`${bad}[1]`, duplicate, '"a"', lists(['z'], ['a', 'b']), lists(['z'], ['a', 'a'])),
    rule(`${bad}[0]`, invalid, 'must not overlap with', lists(['a'], ['z']), lists(['a'], ['a'])),
    rule(good, invalid, 'bindingConditions are required to use', lists([], []), lists([], ['z'])),
    rule(bad, invalid, 'bindingFailureConditions are required to use', lists([], []), lists(['a'], [])),
  ]
}

const policyPath = `${device}.capacity[c].requestPolicy`
const policy = (requestPolicy: object, value = '8') =>
  withDevice({ allowMultipleAllocations: true, capacity: { c: { value, requestPolicy } } })
const valid = (validValues: string[], usual: string | undefined = validValues[0]) =>
  policy({ default: usual, validValues }, '20')
const range = (validRange: object, usual: string | undefined = '4') => policy({ default: usual, validRange })
const upTo = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}`)
const policies: Rule[] = [
  rule(
    policyPath,
    forbidden,
    'allowMultipleAllocations must be true',
    policy({}),
    withDevice({ capacity: { c: { value: '8', requestPolicy: {} } } }),
  ),
  rule(
    policyPath,
    forbidden,
    'exactly one policy can be specified',
    range({ min: '1' }),
    policy({ default: '1', validValues: ['1'], validRange: { min: '1' } }),
  ),
  rule(`${policyPath}.default`, required, 'when validValues is', valid(['1']), policy({ validValues: ['1'] })),
  rule(
    `${policyPath}.default`,
    required,
    'required when validRange is defined',
    range({ min: '1' }),
    policy({ validRange: { min: '1' } }),
  ),
  rule(`${policyPath}.validValues[1]`, invalid, 'sorted in ascending order', valid(['1', '2']), valid(['2', '1'])),
  rule(
    `${policyPath}.validValues[1]`,
    invalid,
    'larger than capacity value: 20',
    valid(['1', '20']),
    valid(['1', '21']),
  ),
  rule(`${policyPath}.validValues[1]`, duplicate, '', valid(['1', '2']), valid(['1', '1'])),
  rule(`${policyPath}.validValues`, tooMany, 'must have at most 10 items', valid(upTo(10)), valid(upTo(11))),
  rule(`${policyPath}.validValues`, invalid, 'default value is not valid', valid(['1', '2'], '2'), valid(['1'], '2')),
  rule(
    `${policyPath}.validRange.min`,
    invalid,
    'larger than capacity value: 8',
    range({ min: '4' }),
    range({ min: '9' }),
  ),
  rule(`${policyPath}.validRange.default`, invalid, 'less than min: 5', range({ min: '4' }), range({ min: '5' })),
  rule(
    `${policyPath}.validRange.max`,
    invalid,
    'min is larger than max: 3',
    range({ min: '4', max: '4' }),
    range({ min: '4', max: '3' }),
  ),
  rule(
    `${policyPath}.validRange.max`,
    invalid,
    'max is larger than capacity value: 8',
    range({ min: '4', max: '8' }),
    range({ min: '4', max: '9' }),
  ),
  rule(
    `${policyPath}.validRange.default`,
    invalid,
    'default is more than max: 3',
    range({ min: '1', max: '4' }),
    range({ min: '1', max: '3' }),
  ),
  rule(
    `${policyPath}.validRange.step`,
    invalid,
    words.notPositive,
    range({ min: '1' }),
    range({ min: '1', step: '0' }),
  ),
  rule(
    `${policyPath}.validRange.step`,
    invalid,
    'one step 9 is larger than capacity value: 8',
    range({ min: '4', step: '4' }),
    range({ min: '4', step: '5' }),
  ),
  rule(
    `${policyPath}.validRange.step`,
    invalid,
    'value is not a multiple of a given step (2) from (1)',
    range({ min: '2', step: '2' }),
    range({ min: '1', step: '2' }),
  ),
  rule(
    `${policyPath}.validRange.step`,
    invalid,
    '"7": value is not a multiple of a given step (2) from (2)',
    range({ min: '2', max: '8', step: '2' }),
    range({ min: '2', max: '7', step: '2' }),
  ),
]

const counterMap = (count: number) => Object.fromEntries(upTo(count).map((i) => [`c${i}`, { value: '1' }]))
const counters = (path: string, change: (map: object) => ReturnType<typeof put>): Rule[] => [
  rule(path, required, '', change(counterMap(1)), change({})),
  rule(path, tooMany, 'must have at most 32 items', change(counterMap(32)), change(counterMap(33))),
  rule(path, invalid, words.label, change({ a: { value: '1' } }), change({ A: { value: '1' } })),
]
const set = (name: string, map: object = counterMap(1)) => ({ name, counters: map })
const use = (counterSet: string, map: object = counterMap(1)) => ({ counterSet, counters: map })
const sets = to('spec.sharedCounters')
const uses = (...list: object[]) => withDevice({ consumesCounters: list })
const counted: Rule[] = [
  rule(
    'spec',
    invalid,
    'only one of `sharedCounters` or `devices` is allowed',
    sets([set('a')]),
    put({ 'spec.sharedCounters': [set('a')], 'spec.devices': [{ name: 'v' }] }),
  ),
  lengths('spec.sharedCounters', 8, (i) => set(`s${i}`)),
  rule('spec.sharedCounters[1]', duplicate, '"a"', sets([set('a'), set('b')]), sets([set('a'), set('a')])),
  rule('spec.sharedCounters[0].name', required, '', sets([set('a')]), sets([set('')])),
  rule('spec.sharedCounters[0].name', invalid, words.label, sets([set('a')]), sets([set('A')])),
  ...counters('spec.sharedCounters[0].counters', (map) => sets([set('a', map)])),
  rule(
    `${device}.consumesCounters`,
    tooMany,
    'must have at most 2 items',
    uses(use('a'), use('b')),
    uses(use('a'), use('b'), use('c')),
  ),
  rule(`${device}.consumesCounters[1]`, duplicate, '"a"', uses(use('a'), use('b')), uses(use('a'), use('a'))),
  rule(`${device}.consumesCounters[0].counterSet`, required, '', uses(use('a')), uses(use(''))),
  rule(`${device}.consumesCounters[0].counterSet`, invalid, words.label, uses(use('a')), uses(use('A'))),
  ...counters(`${device}.consumesCounters[0].counters`, (map) => uses(use('a', map))),
]

const devices = (count: number, values: object = {}) =>
  put({ 'spec.devices': Array.from({ length: count }, (_, i) => ({ name: `v${i}`, ...(i === 0 && values) })) })
const tainted = { taints: [{ key: 'k', effect: 'None' }] }
const consumes = { consumesCounters: [use('a')] }

export const sliceTables: Table[] = [
  {
    resource: ResourceSlices,
    base,
    rules: [
      ...driverName('spec.driver'),
      ...poolName('spec.pool.name'),
      rule('spec.pool.resourceSliceCount', invalid, words.notPositive, 1, 0),
      rule('spec.pool.generation', invalid, 'must be greater than or equal to zero', 0, -1),
      ...placed,
      ...devicePlaces,
      rule('spec.devices', tooMany, 'must have at most 128 items', devices(128), devices(129)),
      rule('spec.devices', tooMany, 'must have at most 64 items', devices(64, tainted), devices(65, tainted)),
      rule('spec.devices', tooMany, 'must have at most 64 items', devices(64, consumes), devices(65, consumes)),
      rule(
        'spec.devices[1]',
        duplicate,
        '"v"',
        put({ 'spec.devices': [{ name: 'v' }, { name: 'w' }] }),
        put({ 'spec.devices': [{ name: 'v' }, { name: 'v' }] }),
      ),
      ...labelName(`${device}.name`),
      ...attributes,
      ...taints,
      ...bindings(device, withDevice),
      ...policies,
      ...counted,
    ],
    uncovered: [
      { path: 'spec.devices.*', rule: 'capacity and taints that stay are not checked again', why: 'not done' },
      {
        path: 'spec.devices.nodeAllocatableResourceMappings',
        rule: 'all rules',
        why: 'the feature is off in this version',
      },
    ],
  },
]
