import { expect, test } from 'vitest'
import * as names from './names.ts'

const long = (length: number) => 'a'.repeat(length)

test.each<[keyof typeof rules, string[], string[]]>([
  ['dns1123Label', ['a', 'a-1', '1', long(63)], ['', 'A', '-a', 'a-', 'a_b', 'a.b', long(64)]],
  ['dns1123Subdomain', ['a.b', 'a', long(253)], ['', 'a..b', '.a', 'a.', 'A.b', long(254)]],
  ['dns1035Label', ['a', 'a-1'], ['1a', '', 'a.b']],
  ['wildcardDns1123Subdomain', ['*.a.b'], ['*', 'a.b', '*.*.a']],
  ['qualifiedName', ['a', 'A_b.c', 'example.com/x', long(63)], ['', '/x', 'x/', 'a/b/c', 'EX.com/x', '-a', long(64)]],
  ['labelValue', ['', 'a', 'A.b_c-d', '1'], ['-a', 'a b', 'a/b', long(64)]],
  ['envVarName', ['A', 'a.b-c', '1x', 'a b'], ['', 'a=b', 'ü']],
  ['configMapKey', ['a', '..a'.slice(1), 'A_b.c-d'], ['', '.', '..', '..a', 'a/b', long(254)]],
  ['portName', ['http', 'a-1'], ['', 'HTTP', '80', 'a--b', '-a', long(16)]],
  ['percent', ['1%', '100%'], ['1', '%', '-1%']],
  ['httpHeaderName', ['X-A'], ['', 'a b', 'a:b']],
  ['pathSegmentName', ['system:node', 'a b'], ['.', '..', 'a/b', 'a%b']],
])('%s', (rule, right, wrong) => {
  for (const value of right) expect(rules[rule](value), value).toEqual([])
  for (const value of wrong) expect(rules[rule](value), value).not.toEqual([])
})

const rules = {
  dns1123Label: names.dns1123Label,
  dns1123Subdomain: names.dns1123Subdomain,
  dns1035Label: names.dns1035Label,
  wildcardDns1123Subdomain: names.wildcardDns1123Subdomain,
  qualifiedName: names.qualifiedName,
  labelValue: names.labelValue,
  envVarName: names.envVarName,
  configMapKey: names.configMapKey,
  portName: names.portName,
  percent: names.percent,
  httpHeaderName: names.httpHeaderName,
  pathSegmentName: names.pathSegmentName,
}

test('texts are those people search for', () => {
  expect(names.dns1123Label('A')).toEqual([
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ])
  expect(names.dns1123Label('a.b')).toEqual(['must not contain dots'])
  expect(names.dns1123Label(long(64))).toEqual(['must be no more than 63 characters'])
  expect(names.labelValue(long(64))).toEqual(['must be no more than 63 bytes'])
  expect(names.portNumber(0)).toEqual(['must be between 1 and 65535, inclusive'])
})
