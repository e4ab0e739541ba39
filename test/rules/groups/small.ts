import { APIServices } from '../../../src/api/apiregistration/v1/index.ts'
import { Leases } from '../../../src/api/coordination/v1/index.ts'
import { RuntimeClasses } from '../../../src/api/node/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { PriorityClasses } from '../../../src/api/scheduling/v1/index.ts'
import { duplicate, forbidden, invalid, notSupported, put, required, rule, type Table, words } from '../rule.ts'

const metadata = { name: 'x' }

const leases: Table[] = [
  {
    resource: Leases,
    base: { metadata, spec: {} } as KubeObject,
    rules: [
      rule('spec.leaseDurationSeconds', invalid, 'must be greater than 0', 1, 0),
      rule('spec.leaseTransitions', invalid, words.negative, 0, -1),
    ],
    uncovered: [
      {
        path: 'spec.strategy, spec.preferredHolder',
        rule: 'a strategy is known or has a domain; a preferred holder needs one',
        why: 'CoordinatedLeaderElection is off',
      },
    ],
  },
]

const priority = { metadata, value: 7 } as KubeObject
const system = (fields: object) => put({ metadata: { name: 'system-node-critical' }, value: 2_000_001_000, ...fields })
const reserved = "priority class names with 'system-' prefix are reserved for system use only. error: "

const priorities: Table[] = [
  {
    resource: PriorityClasses,
    base: priority,
    rules: [
      rule('value', forbidden, 'maximum allowed value of a user defined priority', 1_000_000_000, 1_000_000_001),
      rule('preemptionPolicy', notSupported, '"Sometimes": supported values', 'Never', 'Sometimes'),
      rule(
        'metadata.name',
        forbidden,
        `${reserved}system-a is not a known system priority class`,
        put({ metadata: { name: 'systema' } }),
        put({ metadata: { name: 'system-a' } }),
      ),
      rule(
        'metadata.name',
        forbidden,
        `${reserved}value of system-node-critical PriorityClass must be 2000001000`,
        put({}),
        system({ value: 1 }),
      ),
      rule(
        'metadata.name',
        forbidden,
        `${reserved}globalDefault of system-node-critical PriorityClass must be false`,
        put({}),
        system({ globalDefault: true }),
      ),
    ],
  },
  {
    resource: PriorityClasses,
    write: 'update',
    base: { ...priority, metadata: { name: 'stored' } } as KubeObject,
    rules: [
      rule('value', forbidden, 'may not be changed in an update.', put({ description: 'd' }), 8),
      rule('preemptionPolicy', invalid, words.immutable, put({ globalDefault: true }), 'Never'),
    ],
  },
]

const toleration = { key: 'a', operator: 'Exists' }
const tolerations = (...list: object[]) => put({ 'scheduling.tolerations': list })

const runtimes: Table[] = [
  {
    resource: RuntimeClasses,
    base: { metadata, handler: 'h' } as KubeObject,
    rules: [
      rule('handler', invalid, words.label, '1-a', ''),
      rule('handler', invalid, 'must be no more than 63 characters', 'a'.repeat(63), 'a'.repeat(64)),
      rule(
        'overhead.podFixed.limits[cpu]',
        invalid,
        words.negative,
        put({ 'overhead.podFixed': { cpu: '0' } }),
        put({ 'overhead.podFixed': { cpu: '-1' } }),
      ),
      rule(
        'overhead.podFixed.limits[x]',
        invalid,
        'must be a standard resource',
        put({ 'overhead.podFixed': { memory: '1' } }),
        put({ 'overhead.podFixed': { x: '1' } }),
      ),
      rule('scheduling.nodeSelector', invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
      rule(
        'scheduling.tolerations[1]',
        duplicate,
        '"key":"a"',
        tolerations(toleration, { ...toleration, effect: 'NoSchedule' }),
        tolerations(toleration, toleration),
      ),
      rule(
        'scheduling.tolerations[0].key',
        invalid,
        words.qualified,
        tolerations(toleration),
        tolerations({ ...toleration, key: 'a b' }),
      ),
    ],
  },
  {
    resource: RuntimeClasses,
    write: 'update',
    base: { metadata: { name: 'stored' }, handler: 'h' } as KubeObject,
    rules: [rule('handler', invalid, words.immutable, put({ 'metadata.labels.a': 'b' }), 'g')],
  },
]

const spec = { group: 'a.b', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 }
const remote = { ...spec, service: { name: 's', namespace: 'n' } }
const of = (fields: object) => put({ spec: { ...spec, ...fields } })
const at = (fields: object) => put({ spec: { ...remote, service: { ...remote.service, ...fields } } })
const service = { metadata: { name: 'v1.a.b' }, spec } as KubeObject
const renamed = (name: string, fields: object) => put({ metadata: { name }, spec: { ...spec, ...fields } })

const services: Table[] = [
  {
    resource: APIServices,
    base: service,
    rules: [
      rule('metadata.name', invalid, 'must be `spec.version+"."+spec.group`: "v1.a.b"', 'v1.a.b', 'v1.a'),
      rule(
        'spec.group',
        required,
        'only v1 may have an empty group',
        renamed('v2.a.b', { version: 'v2' }),
        renamed('v2.', { version: 'v2', group: '' }),
      ),
      rule('spec.group', invalid, words.subdomain, 'a.b', 'A'),
      rule('spec.version', invalid, 'a DNS-1035 label must consist of', 'v1', '1'),
      rule('spec.groupPriorityMinimum', invalid, 'must be positive and less than 20000', 1, 0),
      rule('spec.groupPriorityMinimum', invalid, 'must be positive and less than 20000', 20_000, 20_001),
      rule('spec.versionPriority', invalid, 'must be positive and less than 1000', 1, 0),
      rule('spec.versionPriority', invalid, 'must be positive and less than 1000', 1000, 1001),
      rule(
        'spec.caBundle',
        invalid,
        '"3 bytes": local APIServices may not have a caBundle',
        put({ spec: { ...remote, caBundle: 'AAAA' } }),
        of({ caBundle: 'AAAA' }),
      ),
      rule(
        'spec.insecureSkipTLSVerify',
        invalid,
        'local APIServices may not have insecureSkipTLSVerify',
        put({ spec: { ...remote, insecureSkipTLSVerify: true } }),
        of({ insecureSkipTLSVerify: true }),
      ),
      rule(
        'spec.insecureSkipTLSVerify',
        invalid,
        'may not be true if caBundle is present',
        put({ spec: { ...remote, insecureSkipTLSVerify: true } }),
        put({ spec: { ...remote, insecureSkipTLSVerify: true, caBundle: 'AAAA' } }),
      ),
      rule('spec.service.namespace', required, '', at({}), at({ namespace: '' })),
      rule('spec.service.name', required, '', at({}), at({ name: '' })),
      rule(
        'spec.service.port',
        invalid,
        'port is not valid: must be between 1 and 65535',
        at({ port: 65535 }),
        at({ port: 65536 }),
      ),
    ],
  },
  {
    resource: APIServices,
    write: 'status',
    base: { metadata: { name: 'v1.stored.b' }, spec: { ...spec, group: 'stored.b' } } as KubeObject,
    rules: [
      rule(
        'status.conditions[0].status',
        notSupported,
        'supported values: "False", "True", "Unknown"',
        put({ 'status.conditions': [{ type: 'A', status: 'True' }] }),
        put({ 'status.conditions': [{ type: 'A', status: 'Sometimes' }] }),
      ),
    ],
  },
]

/** Leases, PriorityClasses, RuntimeClasses, APIServices. */
export const otherGroupTables: Table[] = [...leases, ...priorities, ...runtimes, ...services]
