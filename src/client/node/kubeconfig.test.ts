import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { connectionOf, inClusterConnection, loadKubeconfig } from './kubeconfig.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-kubeconfig-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const one = file(
  'one',
  `
current-context: a
contexts:
- name: a
  context: {cluster: c, user: u, namespace: n}
- name: plugin
  context: {cluster: c, user: plugin}
- name: nowhere
  context: {cluster: none, user: u}
clusters:
- name: c
  cluster: {server: "https://one:6443", certificate-authority: pki/ca.crt}
users:
- name: u
  user: {client-certificate-data: ${btoa('CERT')}, client-key: /abs/key, as: jane, as-groups: [g]}
- name: plugin
  user: {exec: {command: aws}}
`,
)
const two = file(
  'two',
  `
current-context: b
contexts: [{name: a, context: {cluster: other, user: u}}, {name: b, context: {cluster: d, user: t}}]
clusters: [{name: d, cluster: {server: "https://two", insecure-skip-tls-verify: true}}]
users: [{name: t, user: {token: abc}}]
`,
)

test('a context in its file: decodes data forms, resolves relative paths from the file', () => {
  expect(connectionOf(loadKubeconfig(one))).toMatchObject({
    server: 'https://one:6443',
    namespace: 'n',
    caFile: join(folder, 'pki/ca.crt'),
    cert: Buffer.from('CERT'),
    keyFile: '/abs/key',
    impersonate: { user: 'jane', groups: ['g'] },
  })
})

test('the first of several files to name an entry wins; skips missing files', () => {
  const config = loadKubeconfig(undefined, { KUBECONFIG: `${join(folder, 'missing')}:${one}:${two}` })
  expect(config.currentContext).toBe('a')
  expect(connectionOf(config).server).toBe('https://one:6443')
  expect(connectionOf(config, 'b')).toMatchObject({ server: 'https://two', token: 'abc', insecureSkipTlsVerify: true })
})

test('errors name what is wrong', () => {
  const config = loadKubeconfig(one)
  expect(() => connectionOf(config, 'x')).toThrow('context "x" does not exist')
  expect(() => connectionOf(config, 'plugin')).toThrow('needs exec, which k8ts does not support')
  expect(() => connectionOf(config, 'nowhere')).toThrow('cluster "none" has no server')
  expect(() => loadKubeconfig(join(folder, 'missing'))).toThrow('cannot read kubeconfig')
  expect(() => loadKubeconfig(file('bad', 'a: [b'))).toThrow('cannot read kubeconfig')
  expect(() => connectionOf(loadKubeconfig(file('empty', '')))).toThrow('no current context')
})

test('in a cluster, as its ServiceAccount', () => {
  file('token', 'abc')
  file('namespace', 'shop\n')
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
  expect(inClusterConnection(env, folder)).toEqual({
    server: 'https://[fd00::1]:443',
    caFile: join(folder, 'ca.crt'),
    tokenFile: join(folder, 'token'),
    namespace: 'shop',
  })
  expect(inClusterConnection({}, folder)).toBeUndefined()
})
