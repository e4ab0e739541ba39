import { ConfigMaps, Namespaces, Secrets, ServiceAccounts } from '../../../src/api/core/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  absent,
  forbidden,
  invalid,
  nothing,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  tooLong,
  words,
} from '../rule.ts'

/** Kinds of a few rules: ConfigMaps, Secrets, Namespaces; and the metadata that all kinds have. */

const metadata = { name: 'x' }
const plain = { metadata } as KubeObject
const mebibyte = 1024 * 1024
const base64 = (text: string) => Buffer.from(text).toString('base64')
const zeros = (length: number) => Buffer.alloc(length).toString('base64')
const whenImmutable = 'field is immutable when `immutable` is set'
const frozen = put({ immutable: true })

const maps: Table[] = [
  {
    resource: ConfigMaps,
    base: plain,
    rules: [
      rule('data[a b]', invalid, words.key, put({ data: { 'a.b': '' } }), put({ data: { 'a b': '' } })),
      rule('data[..]', invalid, "must not be '..'", put({ data: { '.a': '' } }), put({ data: { '..': '' } })),
      rule(`data[..a]`, invalid, "must not start with '..'", put({ data: { '.a': '' } }), put({ data: { '..a': '' } })),
      rule('data[.]', invalid, "must not be '.'", put({ data: { '.a': '' } }), put({ data: { '.': '' } })),
      rule(
        'binaryData[a b]',
        invalid,
        words.key,
        put({ binaryData: { 'a.b': '' } }),
        put({ binaryData: { 'a b': '' } }),
      ),
      rule(
        'data[a]',
        invalid,
        'duplicate of key present in binaryData',
        put({ data: { a: '' }, binaryData: { b: '' } }),
        put({ data: { a: '' }, binaryData: { a: '' } }),
      ),
      rule(
        '',
        tooLong,
        `${mebibyte}`,
        put({ 'data.a': 'x'.repeat(mebibyte) }),
        put({ 'data.a': 'x'.repeat(mebibyte + 1) }),
      ),
      rule('', tooLong, `${mebibyte}`, put({ 'data.a': '€'.repeat(349_525) }), put({ 'data.a': '€'.repeat(349_526) })),
      rule(
        '',
        tooLong,
        `${mebibyte}`,
        put({ 'binaryData.a': zeros(mebibyte) }),
        put({ 'binaryData.a': zeros(mebibyte + 1) }),
      ),
    ],
  },
  {
    resource: ConfigMaps,
    write: 'update',
    base: { metadata, data: { a: 'b' } } as KubeObject,
    rules: [
      rule('immutable', forbidden, whenImmutable, true, absent, frozen),
      rule('data', forbidden, whenImmutable, nothing, { a: 'c' }, frozen),
      rule('binaryData', forbidden, whenImmutable, nothing, { c: base64('d') }, frozen),
    ],
  },
]

const secret = (type: string, data: object) => put({ type, data })
const dockercfg = 'kubernetes.io/dockercfg'
const dockerJson = 'kubernetes.io/dockerconfigjson'
const account = 'kubernetes.io/service-account.name'
const basic = 'kubernetes.io/basic-auth'
const token = 'kubernetes.io/service-account-token'

const secrets: Table[] = [
  {
    resource: Secrets,
    base: plain,
    rules: [
      rule('data[a b]', invalid, words.key, put({ data: { 'a.b': '' } }), put({ data: { 'a b': '' } })),
      rule('data', tooLong, `${mebibyte}`, { a: zeros(mebibyte) }, { a: zeros(mebibyte + 1) }),
      rule('data[.dockercfg]', required, '', secret(dockercfg, { '.dockercfg': base64('{}') }), secret(dockercfg, {})),
      rule(
        'data[.dockercfg]',
        invalid,
        '<secret contents redacted>',
        secret(dockercfg, { '.dockercfg': base64('{}') }),
        secret(dockercfg, { '.dockercfg': base64('{') }),
      ),
      rule(
        'data[.dockercfg]',
        invalid,
        '<secret contents redacted>',
        secret(dockercfg, { '.dockercfg': base64('{"a":1}') }),
        secret(dockercfg, { '.dockercfg': base64('[]') }),
      ),
      rule(
        'data[.dockerconfigjson]',
        required,
        '',
        secret(dockerJson, { '.dockerconfigjson': base64('{}') }),
        secret(dockerJson, {}),
      ),
      rule(
        'data[.dockerconfigjson]',
        invalid,
        '<secret contents redacted>',
        secret(dockerJson, { '.dockerconfigjson': base64('{}') }),
        secret(dockerJson, { '.dockerconfigjson': base64('x') }),
      ),
      rule('data[username]', required, '', secret(basic, { password: '' }), secret(basic, {})),
      rule('data[password]', required, '', secret(basic, { username: '' }), secret(basic, {})),
      rule(
        'data[ssh-privatekey]',
        required,
        '',
        secret('kubernetes.io/ssh-auth', { 'ssh-privatekey': base64('x') }),
        secret('kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }),
      ),
      ...['tls.crt', 'tls.key'].map((key) =>
        rule(
          `data[${key}]`,
          required,
          '',
          secret('kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '' }),
          secret('kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '', [key]: undefined }),
        ),
      ),
      rule(
        `metadata.annotations[${account}]`,
        required,
        '',
        put({ type: token, [`metadata.annotations[${account}]`]: 'default' }),
        put({ type: token }),
      ),
    ],
  },
  {
    resource: Secrets,
    write: 'update',
    base: { metadata, data: { a: base64('b') } } as KubeObject,
    rules: [
      rule('type', invalid, words.immutable, nothing, 'example.com/x'),
      rule('immutable', forbidden, whenImmutable, true, absent, frozen),
      rule('data', forbidden, whenImmutable, nothing, { a: base64('c') }, frozen),
    ],
  },
]

const finalizers = to('spec.finalizers')
const odd = 'name is neither a standard finalizer name nor is it fully qualified'

const namespaces: Table[] = [
  {
    resource: Namespaces,
    base: plain,
    rules: [
      rule('metadata.name', invalid, words.label, 'a-b', 'A'),
      rule('metadata.name', invalid, 'must be no more than 63', 'a'.repeat(63), 'a'.repeat(64)),
      rule('metadata.name', invalid, 'must not contain dots', 'a-b', 'a.b'),
      rule('spec.finalizers', invalid, odd, ['example.com/x'], ['x']),
      rule('spec.finalizers', invalid, words.qualified, ['example.com/x'], ['a b']),
    ],
  },
  {
    resource: Namespaces,
    write: 'finalize',
    base: { metadata: { name: 'rules-finalized' } } as KubeObject,
    rules: [
      rule('spec.finalizers[0]', invalid, odd, finalizers(['example.com/x']), finalizers(['x'])),
      rule('spec.finalizers[0]', invalid, words.qualified, finalizers(['orphan']), finalizers(['a b'])),
    ],
  },
  {
    resource: Namespaces,
    write: 'status',
    base: { metadata: { name: 'rules-status' } } as KubeObject,
    rules: [
      rule(
        'status.Phase',
        invalid,
        "may only be 'Active' if `deletionTimestamp` is empty",
        nothing,
        put({ 'status.phase': 'Terminating' }),
      ),
    ],
    uncovered: [
      {
        path: 'status.Phase',
        rule: 'is Terminating once the namespace is deleted',
        why: 'a case would need a namespace that stays in deletion',
      },
    ],
  },
]

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }
const owners = to('metadata.ownerReferences')
const owned = (field: string, message: string): Rule =>
  rule(`metadata.ownerReferences[0].${field}`, invalid, message, owners([owner]), owners([{ ...owner, [field]: '' }]))
const longest = 256 * 1024
const text = (length: number) => put({ 'metadata.annotations': { a: 'x'.repeat(length - 1) } })

const meta: Table[] = [
  {
    resource: ServiceAccounts,
    base: plain,
    rules: [
      rule(
        'metadata.name',
        required,
        'name or generateName is required',
        to('metadata')({ generateName: 'x-' }),
        absent,
      ),
      rule('metadata.name', invalid, words.subdomain, 'a.b', 'a_b'),
      rule('metadata.name', invalid, 'must be no more than 253 characters', 'a'.repeat(253), 'a'.repeat(254)),
      rule(
        'metadata.generateName',
        invalid,
        words.subdomain,
        put({ 'metadata.generateName': 'a-' }),
        put({ 'metadata.generateName': 'a_' }),
      ),
      rule('metadata.labels', invalid, words.qualified, { 'example.com/a': 'b' }, { 'a b': 'b' }),
      rule(
        'metadata.labels',
        invalid,
        'name part must be no more than 63 bytes',
        { [`${'a'.repeat(63)}`]: 'b' },
        { [`${'a'.repeat(64)}`]: 'b' },
      ),
      rule(
        'metadata.labels',
        invalid,
        'prefix part a lowercase RFC 1123 subdomain',
        { 'example.com/a': 'b' },
        { 'example_com/a': 'b' },
      ),
      rule('metadata.labels', invalid, 'prefix part must be non-empty', { 'example.com/a': 'b' }, { '/a': 'b' }),
      rule('metadata.labels', invalid, 'must be no more than 63 bytes', { a: 'b'.repeat(63) }, { a: 'b'.repeat(64) }),
      rule('metadata.annotations', invalid, words.qualified, { 'Example.com/A': 'b' }, { 'a b': 'b' }),
      rule('metadata.annotations', tooLong, `${longest}`, text(longest), text(longest + 1)),
      rule('metadata.finalizers', invalid, words.qualified, ['example.com/x'], ['a b']),
      rule('metadata.finalizers[0]', invalid, odd, 'orphan', 'x'),
      owned('apiVersion', 'version must not be empty'),
      ...['kind', 'name', 'uid'].map((field) => owned(field, 'must not be empty')),
      rule(
        'metadata.ownerReferences',
        invalid,
        'Only one reference can have Controller set to true. Found "true" in references for p and q',
        owners([
          { ...owner, controller: true },
          { ...owner, name: 'q', uid: 'v' },
        ]),
        owners([
          { ...owner, controller: true },
          { ...owner, name: 'q', uid: 'v', controller: true },
        ]),
      ),
      rule(
        'metadata.ownerReferences[0]',
        invalid,
        'is disallowed from being an owner',
        owners([owner]),
        owners([{ ...owner, kind: 'Event' }]),
      ),
    ],
  },
]

export const smallTables: Table[] = [...maps, ...secrets, ...namespaces, ...meta]
