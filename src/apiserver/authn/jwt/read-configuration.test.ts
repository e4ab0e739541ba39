import { expect, test } from 'vitest'
import { loadExpressionCompiler, noExpressions } from './expressions.ts'
import { readAuthenticationConfiguration } from './read-configuration.ts'

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n'
const read = (text: string) => readAuthenticationConfiguration(head + text, ['https://own.example'], compile)

const compile = await loadExpressionCompiler()

test('a good file is read', () => {
  const read1 = read(`
jwt:
- issuer:
    url: https://id.example
    audiences: [kube]
  claimMappings:
    username: {claim: sub, prefix: ""}
anonymous:
  enabled: true
  conditions: [{path: /livez}]
`)
  expect(read1).toMatchObject({
    jwt: [{ issuer: { url: 'https://id.example' }, claimMappings: { username: { claim: 'sub', prefix: '' } } }],
    anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
  })
})

const one = (issuer: string, mappings = 'username: {claim: sub, prefix: ""}', more = '') =>
  `jwt:\n- issuer: {${issuer}}\n  claimMappings: {${mappings}}\n${more}`
const good = 'url: https://id.example, audiences: [kube]'

test.each<[string, string]>([
  ['jwt: 3', 'cannot'],
  ['jwts: []', 'strict decoding error: unknown field "jwts"'],
  [one('audiences: [a]'), 'jwt[0].issuer.url: Required value'],
  [
    one('url: "http://id.example", audiences: [a]'),
    'jwt[0].issuer.url: Invalid value: "http://id.example": URL scheme must be https',
  ],
  [one('url: "https://u:p@id.example?q#f", audiences: [a]'), 'URL must not contain a username or password'],
  [
    one('url: "https://own.example", audiences: [a]'),
    'URL must not overlap with disallowed issuers: [https://own.example]',
  ],
  [
    one(`${good}, discoveryURL: "https://id.example/"`),
    'jwt[0].issuer.discoveryURL: Invalid value: "https://id.example/": discoveryURL must be different from URL',
  ],
  [
    one('url: https://id.example'),
    'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required',
  ],
  [one('url: https://id.example, audiences: [a, b]'), 'audienceMatchPolicy must be MatchAny for multiple audiences'],
  [
    one('url: https://id.example, audiences: [a, a], audienceMatchPolicy: MatchAny'),
    'jwt[0].issuer.audiences[1]: Duplicate value: "a"',
  ],
  [
    one(good, 'username: {claim: sub}'),
    'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set',
  ],
  [one(good, 'username: {}'), 'jwt[0].claimMappings.username: Required value: claim or expression is required'],
  [one(good, 'username: {claim: a, expression: b}'), "claim and expression can't both be set"],
  [
    one(good, 'username: {expression: wrong}'),
    'jwt[0].claimMappings.username.expression: Invalid value: "wrong": compilation failed: ERROR: <input>:1:1: undeclared reference',
  ],
  [
    one(good, 'username: {expression: claims.a}, extra: [{key: foo, valueExpression: claims.a}]'),
    'must be a domain-prefixed path',
  ],
  [
    one(good, 'username: {expression: claims.a}, extra: [{key: k8s.io/foo, valueExpression: claims.a}]'),
    'reserved for Kubernetes use',
  ],
  [
    one(good, undefined, '  claimValidationRules: [{claim: a, message: m}]'),
    'jwt[0].claimValidationRules[0].message: Invalid value: "m": may not be specified when claim is set',
  ],
  [
    one(
      good,
      undefined,
      '  userValidationRules: [{expression: "size(user.groups) > 0"}, {expression: "size(user.groups) > 0"}]',
    ),
    'jwt[0].userValidationRules[1].expression: Duplicate value: "size(user.groups) > 0"',
  ],
  [`${one(good)}${one(good).replace('jwt:\n', '')}`, 'jwt[1].issuer.url: Duplicate value: "https://id.example"'],
  [
    'anonymous: {enabled: false, conditions: [{path: /x}]}',
    'enabled should be set to true when conditions are defined',
  ],
])('%j is refused', (text, why) => {
  expect(() => read(text)).toThrow(why)
})

test('a file of another kind is refused, and so are expressions where nothing evaluates them', () => {
  expect(() => readAuthenticationConfiguration('kind: Pod\napiVersion: v1\n', [], noExpressions)).toThrow(
    'it has to hold a AuthenticationConfiguration',
  )
  expect(() => readAuthenticationConfiguration('', [], noExpressions)).toThrow('it is empty')
  expect(() =>
    readAuthenticationConfiguration(head + one(good, 'username: {expression: claims.sub}'), [], noExpressions),
  ).toThrow('evaluates no CEL expressions')
})
