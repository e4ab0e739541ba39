import {
  MutatingWebhookConfigurations,
  ValidatingWebhookConfigurations,
} from '../../../src/api/admissionregistration/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  absent,
  duplicate,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  tooMany,
  words,
} from '../rule.ts'

const hook = {
  name: 'a.b.c',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  clientConfig: { url: 'https://a' },
}
const at = 'webhooks[0]'
const client = `${at}.clientConfig`
const config = { metadata: { name: 'x' }, webhooks: [hook] } as KubeObject
const url = (text: string) => put({ [client]: { url: text } })
const service = (fields: object) => put({ [client]: { service: { name: 's', namespace: 'n', ...fields } } })
const versions = to(`${at}.admissionReviewVersions`)
const conditions = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `c${i}`, expression: 'true' }))

const one = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }

/** Rules of rules, below a path. */
export const resourceRules = (path: string): Rule[] => {
  const given = (fields: object) => put({ [path]: { ...one, ...fields } })
  const of = (field: string, type: Rule['type'], message: string, accept: unknown, refuse: unknown) =>
    rule(`${path}.${field}`, type, message, given({ [field]: accept }), given({ [field]: refuse }))
  const item = (field: string, i: number, type: Rule['type'], message: string, accept: unknown, refuse: unknown) => ({
    ...of(field, type, message, accept, refuse),
    path: `${path}.${field}[${i}]`,
  })
  const alone = (what: string) => `if '*' is present, must not specify other ${what}`
  return [
    of('operations', required, '', ['*'], []),
    of('operations', invalid, alone('operations'), ['CREATE', 'UPDATE'], ['CREATE', '*']),
    item('operations', 0, notSupported, '"*", "CONNECT", "CREATE", "DELETE", "UPDATE"', ['CONNECT'], ['create']),
    of('apiGroups', required, '', [''], []),
    of('apiGroups', invalid, alone('API groups'), ['', 'a'], ['', '*']),
    of('apiVersions', required, '', ['*'], []),
    of('apiVersions', invalid, alone('API versions'), ['v1', 'v2'], ['v1', '*']),
    item('apiVersions', 0, required, '', ['V 1'], ['']),
    of('resources', required, '', ['*'], []),
    item('resources', 0, required, '', ['a b'], ['']),
    of('resources', invalid, "if '*/*' is present, must not specify other resources", ['*/*'], ['*/*', 'a']),
    of(
      'resources',
      invalid,
      "if '*' is present, must not specify other resources without subresources",
      ['*', 'pods/status'],
      ['*', 'pods'],
    ),
    item(
      'resources',
      1,
      invalid,
      "if 'pods/*' is present, must not specify pods/status",
      ['pods/*', 'pods'],
      ['pods/*', 'pods/status'],
    ),
    item(
      'resources',
      1,
      invalid,
      "if '*/scale' is present, must not specify pods/scale",
      ['*/scale', 'pods/status'],
      ['*/scale', 'pods/scale'],
    ),
    of('scope', notSupported, '"Sometimes": supported values', 'Namespaced', 'Sometimes'),
  ]
}

/** Rules of match conditions, below a path. */
export const conditionsOf = (path: string): Rule[] => [
  rule(
    `${path}[0].name`,
    required,
    '',
    put({ [path]: conditions(1) }),
    put({ [path]: [{ name: '', expression: 'true' }] }),
  ),
  rule(
    `${path}[0].name`,
    invalid,
    words.qualified,
    put({ [path]: [{ name: 'a.b/C', expression: 'true' }] }),
    put({ [path]: [{ name: 'a b', expression: 'true' }] }),
  ),
  rule(
    `${path}[0].expression`,
    invalid,
    'must evaluate to bool but got int',
    put({ [path]: [{ name: 'a', expression: 'true' }] }),
    put({ [path]: [{ name: 'a', expression: '1' }] }),
  ),
  rule(
    `${path}[0].expression`,
    required,
    '',
    put({ [path]: conditions(1) }),
    put({ [path]: [{ name: 'a', expression: ' ' }] }),
  ),
  rule(
    `${path}[1].name`,
    duplicate,
    '"c0"',
    put({ [path]: conditions(2) }),
    put({ [path]: [...conditions(1), ...conditions(1)] }),
  ),
  rule(path, tooMany, '65: must have at most 64 items', conditions(64), conditions(65)),
]

const policies = (field: string, a: string, b: string): Rule[] => [
  rule(`${at}.${field}`, notSupported, '"Sometimes": supported values', a, 'Sometimes'),
  rule(`${at}.${field}`, notSupported, '"Sometimes": supported values', b, 'Sometimes'),
]

const rules: Rule[] = [
  rule(`${at}.name`, required, '', 'a.b.c', ''),
  rule(`${at}.name`, invalid, 'should be a domain with at least three segments separated by dots', 'a.b.c', 'a.b'),
  rule(`${at}.name`, invalid, words.subdomain, 'a.b.c', 'A.b.c'),
  rule(
    'webhooks[1].name',
    duplicate,
    '"a.b.c"',
    put({ webhooks: [hook, { ...hook, name: 'd.b.c' }] }),
    put({ webhooks: [hook, hook] }),
  ),
  ...resourceRules(`${at}.rules[0]`),
  ...policies('failurePolicy', 'Fail', 'Ignore'),
  ...policies('matchPolicy', 'Exact', 'Equivalent'),
  rule(`${at}.sideEffects`, required, 'must specify one of None, NoneOnDryRun', 'None', absent),
  rule(`${at}.sideEffects`, notSupported, 'supported values: "None", "NoneOnDryRun"', 'NoneOnDryRun', 'Some'),
  rule(`${at}.timeoutSeconds`, invalid, 'the timeout value must be between 1 and 30 seconds', 1, 0),
  rule(`${at}.timeoutSeconds`, invalid, 'the timeout value must be between 1 and 30 seconds', 30, 31),
  rule(`${at}.namespaceSelector.matchLabels`, invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
  rule(`${at}.objectSelector.matchLabels`, invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
  rule(client, required, 'exactly one of url or service is required', { url: 'https://a' }, {}),
  rule(
    client,
    required,
    'exactly one of url or service is required',
    service({}),
    put({ [client]: { url: 'https://a', service: { name: 's', namespace: 'n' } } }),
  ),
  rule(`${client}.url`, invalid, "'https' is the only allowed URL scheme", url('https://a:443/b'), url('http://a')),
  rule(`${client}.url`, invalid, 'host must be specified', url('https://a'), url('https:///b')),
  rule(`${client}.url`, invalid, 'user information is not permitted in the URL', url('https://a'), url('https://u@a')),
  rule(`${client}.url`, invalid, 'fragments are not permitted in the URL', url('https://a/#'), url('https://a/#b')),
  rule(
    `${client}.url`,
    invalid,
    'query parameters are not permitted in the URL',
    url('https://a/?'),
    url('https://a/?b=c'),
  ),
  rule(`${client}.service.namespace`, required, '', service({}), service({ name: '' })),
  rule(`${client}.service.name`, required, '', service({}), service({ namespace: '' })),
  rule(
    `${client}.service.port`,
    invalid,
    'port is not valid: must be between',
    service({ port: 1 }),
    service({ port: 0 }),
  ),
  rule(
    `${client}.service.port`,
    invalid,
    'port is not valid: must be between',
    service({ port: 65535 }),
    service({ port: 65536 }),
  ),
  rule(`${client}.service.path`, invalid, "must start with a '/'", service({ path: '/a/b/' }), service({ path: 'ab' })),
  rule(
    `${client}.service.path`,
    invalid,
    'segment[0] may not be empty',
    service({ path: '/' }),
    service({ path: '//' }),
  ),
  rule(
    `${client}.service.path`,
    invalid,
    'segment[1] may not be empty',
    service({ path: '/a/b' }),
    service({ path: '/a//b' }),
  ),
  rule(`${client}.service.path`, invalid, 'segment[0]: ', service({ path: '/a.b' }), service({ path: '/A' })),
  rule(`${at}.admissionReviewVersions`, required, 'must specify one of v1, v1beta1', ['v1beta1'], []),
  rule(`${at}.admissionReviewVersions`, invalid, 'must include at least one of v1, v1beta1', ['v9', 'v1'], ['v9']),
  rule(
    `${at}.admissionReviewVersions[1]`,
    invalid,
    'duplicate version',
    versions(['v1', 'v1beta1']),
    versions(['v1', 'v1']),
  ),
  rule(
    `${at}.admissionReviewVersions[1]`,
    invalid,
    'a DNS-1035 label must consist of',
    versions(['v1', 'a']),
    versions(['v1', '1']),
  ),
  ...conditionsOf(`${at}.matchConditions`),
]
const uncovered = [{ path: `${client}.url`, rule: 'is a URL', why: "the text is the one of Go's parser" }]

export const webhookTables: Table[] = [
  { resource: ValidatingWebhookConfigurations, base: config, rules, uncovered },
  {
    resource: MutatingWebhookConfigurations,
    base: config,
    rules: [...rules, ...policies('reinvocationPolicy', 'Never', 'IfNeeded')],
    uncovered,
  },
]
