import { IngressClasses, Ingresses } from '../../../src/api/networking/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  absent,
  forbidden,
  invalid,
  notSupported,
  oneOf,
  put,
  type Rule,
  range,
  required,
  rule,
  type Table,
  to,
  tooLong,
  words,
} from '../rule.ts'

const metadata = { name: 'x' }
const service = { name: 's', port: { number: 80 } }
const backend = { service }
const path = 'spec.rules[0].http.paths[0]'
const rules = [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }]
const ingress = { metadata, spec: { rules } } as KubeObject
const spec = to('spec')
const at = `${path}.backend`
const resource = { apiGroup: 'example.com', kind: 'K', name: 'n' }
const object = (fields: object) => put({ [at]: { resource: { ...resource, ...fields } } })
const ofType = (pathType: string, text?: string) => put({ [`${path}.pathType`]: pathType, [`${path}.path`]: text })
const classAnnotation = 'kubernetes.io/ingress.class'
const bothClasses = (name: string) =>
  put({ [`metadata.annotations[${classAnnotation}]`]: 'a', 'spec.ingressClassName': name })
const wildcard = "a wildcard DNS-1123 subdomain must start with '*.'"
const notAnAddress = 'must be a DNS name, not an IP address'

const paths: Rule[] = [
  rule('spec.rules[0].http.paths', required, '', rules[0]?.http.paths, []),
  rule(`${path}.pathType`, required, 'pathType must be specified', 'Exact', absent),
  ...oneOf(`${path}.pathType`, ['Exact', 'ImplementationSpecific', 'Prefix']),
  ...['Exact', 'Prefix', 'ImplementationSpecific'].map((type) =>
    rule(`${path}.path`, invalid, 'must be an absolute path', ofType(type, '/a'), ofType(type, 'a')),
  ),
  rule(`${path}.path`, invalid, 'must be an absolute path', ofType('ImplementationSpecific', ''), ofType('Exact', '')),
  ...['//', '/./', '/../', '%2f', '%2F'].map((part) =>
    rule(
      `${path}.path`,
      invalid,
      `must not contain '${part}'`,
      ofType('ImplementationSpecific', `/a${part}b`),
      ofType('Prefix', `/a${part}b`),
    ),
  ),
  ...['/..', '/.'].map((end) =>
    rule(
      `${path}.path`,
      invalid,
      `cannot end with '${end}'`,
      ofType('Exact', `/a${end}.b`),
      ofType('Exact', `/a${end}`),
    ),
  ),
]

const backends: Rule[] = [
  rule(at, invalid, 'resource or service backend is required', backend, {}),
  rule(at, invalid, 'cannot set both resource and service backends', { resource }, { resource, service }),
  rule(`${at}.service.name`, required, '', 's', ''),
  rule(`${at}.service.name`, invalid, words.label, '1-a', 'A'),
  rule(`${at}.service.name`, invalid, 'must be no more than 63 characters', 's'.repeat(63), 's'.repeat(64)),
  rule(
    at,
    invalid,
    'cannot set both port name & port number',
    backend,
    put({ [`${at}.service.port`]: { name: 'http', number: 80 } }),
  ),
  rule(at, required, 'port name or number is required', backend, put({ [`${at}.service.port`]: {} })),
  ...range(`${at}.service.port.number`, 1, 65535).map(({ refuse, ...rest }) => ({
    ...rest,
    refuse: refuse.get(`${at}.service.port.number`) === 0 ? to(`${at}.service.port.number`)(-1) : refuse,
  })),
  rule(
    `${at}.service.port.name`,
    invalid,
    'must be no more than 15 characters',
    put({ [`${at}.service.port`]: { name: 'a'.repeat(15) } }),
    put({ [`${at}.service.port`]: { name: 'a'.repeat(16) } }),
  ),
  rule(`${at}.resource.apiGroup`, invalid, words.subdomain, object({ apiGroup: 'a.b' }), object({ apiGroup: 'a_b' })),
  rule(`${at}.resource.apiGroup`, invalid, words.subdomain, object({ apiGroup: undefined }), object({ apiGroup: '' })),
  rule(`${at}.resource.kind`, required, '', object({ kind: 'K' }), object({ kind: '' })),
  rule(`${at}.resource.kind`, invalid, "may not contain '/'", object({ kind: 'a b' }), object({ kind: 'a/b' })),
  rule(`${at}.resource.name`, required, '', object({ name: 'n' }), object({ name: '' })),
  rule(`${at}.resource.name`, invalid, "may not contain '%'", object({ name: 'A_b' }), object({ name: 'a%b' })),
]

const hosts: Rule[] = [
  rule('spec.rules[0].host', invalid, notAnAddress, 'a.b', '1.2.3.4'),
  rule('spec.rules[0].host', invalid, words.subdomain, 'a.b', 'a.b:80'),
  rule('spec.rules[0].host', invalid, words.subdomain, '', 'A.b'),
  rule('spec.rules[0].host', invalid, wildcard, '*.a.b', '*.*.b'),
  rule('spec.rules[0].host', invalid, wildcard, '*.b', 'a.*.b'),
  rule('spec.rules[0].host', invalid, wildcard, '*.a', '*'),
  rule('spec.tls[0].hosts[0]', invalid, words.subdomain, '1.2.3.4', 'A'),
  rule('spec.tls[0].hosts[0]', invalid, words.subdomain, 'a', ''),
  rule('spec.tls[0].hosts[0]', invalid, wildcard, '*.a', 'a.*'),
  rule('spec.tls[0].secretName', invalid, words.subdomain, '', 'A'),
]

const status = 'status.loadBalancer.ingress'

export const ingressTables: Table[] = [
  {
    resource: Ingresses,
    base: ingress,
    rules: [
      rule(
        'spec',
        invalid,
        'either `defaultBackend` or `rules` must be specified',
        spec({ defaultBackend: backend }),
        spec({ rules: [] }),
      ),
      rule('spec.defaultBackend', invalid, 'resource or service backend is required', backend, {}),
      rule('spec.ingressClassName', invalid, words.subdomain, 'a.b', 'A'),
      rule('spec.ingressClassName', invalid, words.subdomain, absent, ''),
      rule(
        `annotations.${classAnnotation}`,
        invalid,
        'must match `ingressClassName` when both are specified',
        bothClasses('a'),
        bothClasses('b'),
      ),
      ...hosts,
      ...paths,
      ...backends,
    ],
  },
  {
    resource: Ingresses,
    write: 'update',
    base: ingress,
    rules: [rule('spec.rules[0].host', invalid, notAnAddress, bothClasses('b'), '1.2.3.4')],
  },
  {
    resource: Ingresses,
    write: 'status',
    base: ingress,
    rules: [
      rule(`${status}[0].ip`, invalid, words.ip, '1.2.3.4', '1.2.3'),
      rule(`${status}[0].hostname`, invalid, words.subdomain, 'a.b', 'a_b'),
      rule(`${status}[0].hostname`, invalid, notAnAddress, 'a.b', '1.2.3.4'),
    ],
  },
]

const ingressClass = { metadata, spec: { controller: 'example.com/c' } } as KubeObject
const parameters = { apiGroup: 'example.com', kind: 'K', name: 'n', scope: 'Cluster' }
const withParameters = (fields: object) => put({ 'spec.parameters': { ...parameters, ...fields } })
const ofParameters = (field: string, type: Rule['type'], message: string, accept: unknown, refuse: unknown) =>
  rule(
    `spec.parameters.${field}`,
    type,
    message,
    withParameters({ [field]: accept }),
    withParameters({ [field]: refuse }),
  )
const domainPath = 'must be a domain-prefixed path (such as "acme.io/foo")'

export const ingressClassTables: Table[] = [
  {
    resource: IngressClasses,
    base: ingressClass,
    rules: [
      rule('spec.controller', required, '', 'a/b', ''),
      rule('spec.controller', tooLong, '250', `a/${'b'.repeat(248)}`, `a/${'b'.repeat(249)}`),
      rule('spec.controller', invalid, domainPath, 'a/b', 'a'),
      rule('spec.controller', invalid, domainPath, 'a/b/c', 'a/'),
      rule('spec.controller', invalid, domainPath, 'a/b/', '/b'),
      rule('spec.controller', invalid, words.subdomain, 'a.b/C', 'A/b'),
      rule('spec.controller', invalid, 'Invalid path (regex used', "a/~%$'()*", 'a/b c'),
      ofParameters('apiGroup', invalid, words.subdomain, undefined, ''),
      ofParameters('kind', required, '', 'K', ''),
      ofParameters('kind', invalid, "may not contain '/'", 'a b', 'a/b'),
      ofParameters('name', required, '', 'n', ''),
      ofParameters('name', invalid, "may not contain '%'", 'A_b', 'a%b'),
      ofParameters('scope', notSupported, 'supported values: "Cluster", "Namespace"', undefined, 'Sometimes'),
      rule(
        'spec.parameters.namespace',
        required,
        "`parameters.scope` is set to 'Namespace'",
        withParameters({ scope: 'Namespace', namespace: 'n' }),
        withParameters({ scope: 'Namespace' }),
      ),
      rule(
        'spec.parameters.namespace',
        invalid,
        words.label,
        withParameters({ scope: 'Namespace', namespace: '1' }),
        withParameters({ scope: 'Namespace', namespace: 'A' }),
      ),
      rule(
        'spec.parameters.namespace',
        forbidden,
        "`parameters.scope` is set to 'Cluster'",
        withParameters({}),
        withParameters({ namespace: 'n' }),
      ),
    ],
    uncovered: [{ path: 'spec.parameters.scope', rule: 'is there', why: 'it has a default' }],
  },
  {
    resource: IngressClasses,
    write: 'update',
    base: ingressClass,
    rules: [rule('spec.controller', invalid, words.immutable, withParameters({}), 'example.com/d')],
  },
]
