import { expect, test } from 'vitest'
import { readEncryptionConfiguration } from './encryption.ts'

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n'
const of = (resources: string, providers: string) =>
  readEncryptionConfiguration(`${head}resources: [{resources: ${resources}, providers: ${providers}}]`)
const secret = btoa('x'.repeat(32))
const good = `[{aescbc: {keys: [{name: a, secret: ${secret}}]}}, {identity: {}}]`

test('a good file is read', () => {
  expect(of('[secrets, "*.apps", "*."]', good).resources[0]).toMatchObject({
    resources: ['secrets', '*.apps', '*.'],
    providers: [{ aescbc: { keys: [{ name: 'a', secret }] } }, { identity: {} }],
  })
})

test.each<[string, string, string]>([
  ['[]', good, 'resources[0].resources: Required value'],
  ['[secrets, secrets]', good, 'given twice'],
  ['["*"]', good, 'use *.* to encrypt everything'],
  ['["sec*"]', good, 'a wildcard stands for all resources of a group'],
  ['[Secrets]', good, 'resource name should be lowercase'],
  ['[secrets]', '[]', 'resources[0].providers: Required value'],
  ['[secrets]', '[{}]', 'exactly one of'],
  ['[secrets]', '[{aesgcm: {keys: []}}]', 'resources[0].providers[0].aesgcm.keys: Required value'],
  ['[secrets]', '[{aesgcm: {keys: [{name: a, secret: "???"}]}}]', 'secret must be base64 encoded'],
  [
    '[secrets]',
    `[{aesgcm: {keys: [{name: a, secret: ${btoa('short')}}]}}]`,
    'got 5, expected length of the key to be one of [16 24 32]',
  ],
  ['[secrets]', `[{secretbox: {keys: [{name: a, secret: ${btoa('x'.repeat(16))}}]}}]`, 'one of [32]'],
  [
    '[secrets]',
    `[{aescbc: {keys: [{name: a, secret: ${secret}}, {name: a, secret: ${secret}}]}}]`,
    'Duplicate value: "a"',
  ],
  ['[secrets]', '[{kms: {name: a, endpoint: "unix:///x"}}]', 'supported values: "v2"'],
  ['[secrets]', '[{kms: {apiVersion: v2, name: a, endpoint: "tcp://x"}}]', 'unsupported scheme'],
  ['[secrets]', '[{rot13: {}}]', 'unknown field'],
])('%s %s is refused', (resources, providers, why) => {
  expect(() => of(resources, providers)).toThrow(why)
})

test('an error never tells a secret', () => {
  const wrong = btoa('a very secret text')
  expect(() => of('[secrets]', `[{aesgcm: {keys: [{name: a, secret: ${wrong}}]}}]`)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining(wrong) }),
  )
})
