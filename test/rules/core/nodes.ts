import { Nodes } from '../../../src/api/core/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
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

const node = { metadata: { name: 'n' } } as KubeObject
const taints = to('spec.taints')
const taint = (fields: object) => taints([{ key: 'a', effect: 'NoSchedule', ...fields }])

const taintRules: Rule[] = [
  rule('metadata.taints[0].key', invalid, words.qualified, taint({ key: 'example.com/a' }), taint({ key: 'a b' })),
  rule('metadata.taints[0].key', invalid, 'name part must be non-empty', taint({}), taint({ key: '' })),
  rule(
    'metadata.taints[0].value',
    invalid,
    'a valid label must be an empty string or consist of',
    taint({ value: '' }),
    taint({ value: 'a b' }),
  ),
  rule('metadata.taints[0].effect', required, '', taint({ effect: 'NoExecute' }), taint({ effect: '' })),
  rule(
    'metadata.taints[0].effect',
    notSupported,
    'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    taint({ effect: 'PreferNoSchedule' }),
    taint({ effect: 'Sometimes' }),
  ),
  rule(
    'metadata.taints[1]',
    duplicate,
    'taints must be unique by key and effect pair',
    taints([
      { key: 'a', effect: 'NoSchedule' },
      { key: 'a', effect: 'NoExecute' },
    ]),
    taints([
      { key: 'a', effect: 'NoSchedule' },
      { key: 'a', effect: 'NoSchedule', value: 'b' },
    ]),
  ),
]

const resources = (path: string): Rule[] => [
  rule(`${path}.cpu`, invalid, words.negative, '0', '-1'),
  rule(`${path}.pods`, invalid, 'must be an integer', '1', '1500m'),
  rule(
    `${path}.example.com/x`,
    invalid,
    'must be an integer',
    put({ [`${path}[example.com/x]`]: '1' }),
    put({ [`${path}[example.com/x]`]: '1500m' }),
  ),
]

const ranges = to('spec.podCIDRs')
const families = 'may specify no more than one CIDR for each IP family'
const v4 = '10.0.0.0/24'
const once = (name: string) => `node updates may not change ${name} except from "" to valid`

const config = to('spec.configSource')
const configMap = (fields: object) =>
  config({ configMap: { namespace: 'n', name: 'c', kubeletConfigKey: 'k', ...fields } })
const at = 'spec.configSource.configMap'
const configRules: Rule[] = [
  rule('spec.configSource', invalid, 'exactly one reference subfield must be non-nil', configMap({}), {}),
  rule(`${at}.uid`, forbidden, 'uid must not be set in spec', configMap({}), configMap({ uid: 'u' })),
  rule(
    `${at}.resourceVersion`,
    forbidden,
    'resourceVersion must not be set in spec',
    configMap({}),
    configMap({ resourceVersion: '1' }),
  ),
  rule(`${at}.namespace`, required, 'namespace must be set', configMap({}), configMap({ namespace: '' })),
  rule(`${at}.namespace`, invalid, words.label, configMap({}), configMap({ namespace: 'A' })),
  rule(`${at}.name`, required, 'name must be set', configMap({}), configMap({ name: '' })),
  rule(`${at}.name`, invalid, words.subdomain, configMap({}), configMap({ name: 'A' })),
  rule(
    `${at}.kubeletConfigKey`,
    required,
    'kubeletConfigKey must be set',
    configMap({}),
    configMap({ kubeletConfigKey: '' }),
  ),
  rule(`${at}.kubeletConfigKey`, invalid, words.key, configMap({}), configMap({ kubeletConfigKey: 'a b' })),
]

const ip = { type: 'InternalIP', address: '10.0.0.1' }

export const nodeTables: Table[] = [
  {
    resource: Nodes,
    base: node,
    rules: [
      rule('metadata.name', invalid, words.subdomain, 'a.b', 'A'),
      ...taintRules,
      ...resources('status.capacity'),
      ...resources('status.allocatable'),
      rule('spec.podCIDRs[0]', invalid, words.cidr, ranges([v4]), ranges(['10.0.0.0'])),
      rule('spec.podCIDRs', invalid, families, [v4, '2001:db8::/64'], [v4, '10.0.1.0/24']),
      rule('spec.podCIDRs', invalid, families, [v4, '2001:db8::/64'], [v4, '2001:db8::/64', '10.0.1.0/24']),
      rule('spec.podCIDRs[1]', duplicate, v4, ranges([v4]), ranges([v4, v4])),
    ],
    uncovered: [
      {
        path: 'metadata.annotations',
        rule: 'scheduler.alpha.kubernetes.io/preferAvoidPods and /taints hold JSON',
        why: 'nothing has read them since 1.6',
      },
    ],
  },
  {
    resource: Nodes,
    write: 'update',
    base: { metadata: { name: 'rules-node' }, spec: { podCIDRs: [v4], providerID: 'p' } } as KubeObject,
    rules: [
      ...taintRules.slice(0, 1),
      rule(
        'spec.podCIDRs',
        forbidden,
        once('podCIDR'),
        nothing,
        put({ 'spec.podCIDR': '10.0.1.0/24', 'spec.podCIDRs': ['10.0.1.0/24'] }),
      ),
      rule(
        'spec.podCIDRs',
        forbidden,
        once('podCIDR'),
        nothing,
        put({ 'spec.podCIDRs': absent, 'spec.podCIDR': absent }),
      ),
      rule('spec.providerID', forbidden, once('providerID'), nothing, 'q'),
      rule('spec.externalID', forbidden, 'may not be updated', nothing, 'x'),
      ...configRules,
    ],
  },
  {
    resource: Nodes,
    write: 'status',
    base: { metadata: { name: 'rules-node-status' } } as KubeObject,
    rules: [
      ...resources('status.capacity'),
      ...resources('status.allocatable'),
      rule(
        'status.addresses[1]',
        duplicate,
        '',
        put({ 'status.addresses': [ip, { ...ip, type: 'ExternalIP' }] }),
        put({ 'status.addresses': [ip, ip] }),
      ),
    ],
    uncovered: [
      {
        path: 'status.config',
        rule: 'sources of a configuration are whole',
        why: 'nothing has written them since 1.24',
      },
    ],
  },
]
