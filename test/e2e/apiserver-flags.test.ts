import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CertificateAuthority, createSigningKey, type KeyPair } from '../../src/cluster/pki/pki.ts'
import { eventually, home, k8ts, run, scratch } from './support.ts'

const folder = scratch('apiserver-flags')
const file = (name: string) => join(folder.dir, name)
let port = 0
let server: ChildProcess | undefined
let output = ''

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port: found } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return found
}

/** curl with these arguments, as the user of a certificate or as nobody. */
async function ask(path: string, ...args: string[]): Promise<{ status: number; body: string }> {
  const { stdout } = await run('curl', ['-sk', '-w', '\n%{http_code}', `https://127.0.0.1:${port}${path}`, ...args])
  const lines = stdout.split('\n')
  return { status: Number(lines.pop()), body: lines.join('\n') }
}
const asAdmin = ['--cert', file('admin.crt'), '--key', file('admin.key')]

const policy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n'
const encryption = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - secretbox: {keys: [{name: k, secret: ${btoa('s'.repeat(32))}}]}
`
const authentication = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous: {enabled: true, conditions: [{path: /readyz}, {path: /livez}]}
jwt:
- issuer: {url: https://id.example.invalid, audiences: [kube]}
  claimMappings: {username: {expression: '"id:" + claims.sub'}}
`

beforeAll(async () => {
  port = await freePort()
  const now = Date.now()
  const ca = await CertificateAuthority.create('test', now)
  const proxies = await CertificateAuthority.create('front-proxy', now)
  const store = (name: string, pair: KeyPair) => {
    writeFileSync(file(`${name}.crt`), pair.cert)
    writeFileSync(file(`${name}.key`), pair.key, { mode: 0o600 })
  }
  store('ca', ca.pair)
  store('front-proxy-ca', proxies.pair)
  store('api', await ca.issue({ commonName: 'kube-apiserver', ips: ['127.0.0.1'], usage: ['server'] }, now))
  const admin = { commonName: 'kubernetes-admin', organizations: ['system:masters'], usage: ['client' as const] }
  store('admin', await ca.issue(admin, now))
  store('front-proxy-client', await proxies.issue({ commonName: 'front-proxy-client', usage: ['client'] }, now))
  store('kubelet-client', await ca.issue({ commonName: 'api', usage: ['client'] }, now))
  const keys = await createSigningKey()
  writeFileSync(file('sa.key'), keys.privateKey)
  writeFileSync(file('sa.pub'), keys.publicKey)
  writeFileSync(file('basic.csv'), 'pass,bob,1,"system:masters"\n')
  writeFileSync(file('policy.yaml'), policy)
  writeFileSync(file('encryption.yaml'), encryption)
  writeFileSync(file('authentication.yaml'), authentication)
  mkdirSync(file('logs'))
  // What kubeadm writes, but for etcd; then what administrators add.
  server = spawn(
    join(home, 'k8ts'),
    [
      'apiserver',
      '--advertise-address=127.0.0.1',
      '--bind-address=127.0.0.1',
      '--allow-privileged=true',
      '--authorization-mode=Node,RBAC',
      '--client-ca-file=ca.crt',
      '--enable-admission-plugins=NodeRestriction',
      '--enable-bootstrap-token-auth=true',
      '--kubelet-client-certificate=kubelet-client.crt',
      '--kubelet-client-key=kubelet-client.key',
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      '--proxy-client-cert-file=front-proxy-client.crt',
      '--proxy-client-key-file=front-proxy-client.key',
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-client-ca-file=front-proxy-ca.crt',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-username-headers=X-Remote-User',
      `--secure-port=${port}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      '--service-account-key-file=sa.pub',
      '--service-account-signing-key-file=sa.key',
      '--service-cluster-ip-range=10.96.0.0/12',
      '--tls-cert-file=api.crt',
      '--tls-private-key-file=api.key',
      '--data-dir=data',
      '--profiling=false',
      '--tls-min-version=VersionTLS13',
      '--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      '--cors-allowed-origins=^https://ui\\.example$',
      '--goaway-chance=0.001',
      '--request-timeout=30s',
      '--shutdown-delay-duration=1s',
      '--max-requests-inflight=800',
      '--max-mutating-requests-inflight=400',
      '--runtime-config=api/all=true',
      '--feature-gates=SidecarContainers=true',
      '--basic-auth-file=basic.csv',
      '--audit-policy-file=policy.yaml',
      '--audit-log-path=logs/audit.log',
      '--audit-log-maxage=30',
      '--audit-log-maxbackup=10',
      '--audit-log-maxsize=100',
      '--encryption-provider-config=encryption.yaml',
      '--authentication-config=authentication.yaml',
    ],
    { cwd: folder.dir, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk) => {
      output += chunk
    })
  await eventually('/readyz', async () => (await ask('/readyz')).status === 200).catch((error: Error) => {
    throw new Error(`${error.message}\n${output}`)
  })
})
afterAll(() => {
  server?.kill('SIGKILL')
  folder.remove()
})

test('the server starts from the flags that people have, and every one has its effect', async () => {
  expect(output).toContain('--basic-auth-file: passwords go over the wire')
  // Only the paths of the configuration are open to everybody.
  expect((await ask('/version')).status).toBe(401)
  expect((await ask('/api/v1/nodes', ...asAdmin)).status).toBe(200)
  expect((await ask('/api/v1/nodes', '-u', 'bob:pass')).status).toBe(200)
  expect((await ask('/api/v1/nodes', '-u', 'bob:wrong')).status).toBe(401)
  const proxied = ['--cert', file('front-proxy-client.crt'), '--key', file('front-proxy-client.key')]
  const asAnn = await ask('/api/v1/nodes', ...proxied, '-H', 'X-Remote-User: ann')
  expect(asAnn).toMatchObject({ status: 403, body: expect.stringContaining('User \\"ann\\" cannot list') })
  const trusted = await ask('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication', ...asAdmin)
  expect(JSON.parse(trusted.body).data).toMatchObject({
    'client-ca-file': readFileSync(file('ca.crt'), 'utf8'),
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  })

  const secret = JSON.stringify({ metadata: { name: 's' }, stringData: { k: 'do-not-show' } })
  const json = ['-H', 'content-type: application/json', '-d']
  expect((await ask('/api/v1/namespaces/default/secrets', ...asAdmin, ...json, secret)).status).toBe(201)
  const kept = readdirSync(file('data'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const stored = kept.map(({ parentPath, name }) => readFileSync(join(parentPath, name)).toString('latin1')).join('')
  expect(stored).toContain('k8s:enc:secretbox:v1:k:')
  expect(stored).not.toContain(btoa('do-not-show'))

  const lines = readFileSync(file('logs/audit.log'), 'utf8').trim().split('\n')
  const created = lines.map((line) => JSON.parse(line)).find(({ verb }) => verb === 'create')
  expect(created).toMatchObject({
    stage: 'ResponseComplete',
    user: { username: 'kubernetes-admin' },
    objectRef: { resource: 'secrets', name: 's' },
    responseStatus: { code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  })
  const preflight = await ask('/api', '-X', 'OPTIONS', '-H', 'Origin: https://ui.example')
  expect(preflight.status).toBe(204)
  await expect(
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, maxVersion: 'TLSv1.2', rejectUnauthorized: false })
      socket.once('secureConnect', () => resolve(socket.getProtocol()))
      socket.once('error', reject)
    }),
  ).rejects.toThrow(/protocol version|alert/)
})

test('the bundle reads certificate requests: one for system:masters is refused', async () => {
  const requested = async (name: string, subject: string) => {
    const made = await run('openssl', [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', file(`${name}.key`), '-subj', subject],
    ])
    const signerName = 'kubernetes.io/kube-apiserver-client'
    const spec = { request: btoa(made.stdout), signerName, usages: ['client auth'] }
    const body = JSON.stringify({ metadata: { name }, spec })
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
    return ask(path, ...asAdmin, '-H', 'content-type: application/json', '-d', body)
  }
  expect((await requested('ann', '/CN=ann/O=ops')).status).toBe(201)
  expect(await requested('eve', '/CN=eve/O=system:masters')).toMatchObject({
    status: 403,
    body: expect.stringContaining('system:masters'),
  })
})

test('a wrong flag is named', async () => {
  const wrong: [string[], string][] = [
    [['--profiling=true'], '--profiling'],
    [['--feature-gates=NoSuchThing=true'], '--feature-gates NoSuchThing=true'],
    [['--runtime-config=apps/v1beta9=true'], '--runtime-config apps/v1beta9'],
    [['--goaway-chance=0.5'], '--goaway-chance'],
    [['--tls-min-version=VersionTLS10'], '--tls-min-version'],
    [['--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA'], '--tls-cipher-suites'],
    [['--kubelet-preferred-address-types=Nowhere'], '--kubelet-preferred-address-types'],
    [['--oidc-issuer-url=https://x'], '--oidc-issuer-url and --oidc-client-id'],
    [['--audit-policy-file=none.yaml'], 'there is no such file'],
    [['--encryption-provider-config=basic.csv'], '--encryption-provider-config'],
    [['--cors-allowed-origins=example.com'], '--cors-allowed-origins'],
  ]
  for (const [flags, named] of wrong) {
    const unused = String(await freePort())
    const args = ['apiserver', '--data-dir', file('other'), '--secure-port', unused, '--bind-address', '127.0.0.1']
    const { code, stderr } = await k8ts([
      ...args,
      ...flags.map((flag) => flag.replace(/=(\w+\.\w+)$/, `=${folder.dir}/$1`)),
    ])
    expect(stderr, named).toContain(named)
    expect(code, named).toBe(1)
  }
})

test('it ends in order: not ready first, then without a request that has no answer', async () => {
  const exited = new Promise<number | null>((resolve) => server?.once('exit', (code) => resolve(code)))
  server?.kill('SIGTERM')
  await eventually('not ready', async () => (await ask('/readyz')).status === 500)
  expect((await ask('/api/v1/nodes', ...asAdmin)).status).toBe(200)
  expect(await exited).toBe(0)
})
