import { type RequestOptions, request } from 'node:https'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { testCertificates } from '../../../test/support/certificates.ts'
import { type TestClient, testClient } from '../../../test/support/test-client.ts'
import { ServiceAccounts } from '../../api/core/v1/index.ts'

const issuer = 'https://kubernetes.default.svc.cluster.local'
const self = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

let server: TestServer
let admin: TestClient
let signing: CryptoKey
let proxies: Awaited<ReturnType<typeof testCertificates>>
const clients: TestClient[] = []

beforeAll(async () => {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  signing = keys.privateKey
  proxies = await testCertificates('front-proxy-ca')
  server = await startTestServer({
    proxyCa: proxies.ca,
    tokens: { signingKey: pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', signing)) },
    authentication: {
      bootstrapTokens: true,
      passwords: [{ name: 'bob', password: 'pw', groups: ['system:masters'] }],
      requestHeader: {
        allowedNames: [],
        usernameHeaders: ['x-remote-user'],
        uidHeaders: [],
        groupHeaders: ['x-remote-group'],
        extraHeadersPrefixes: ['x-remote-extra-'],
      },
    },
  })
  admin = testClient(server, server.admin)
})
afterAll(async () => {
  for (const client of [admin, ...clients]) client.close()
  await server.close()
})

const pem = (label: string, der: ArrayBuffer) =>
  `-----BEGIN ${label}-----\n${new Uint8Array(der).toBase64()}\n-----END ${label}-----\n`

function withToken(token: string): TestClient {
  const client = testClient(server, undefined, token)
  clients.push(client)
  return client
}
const whoami = async (token: string) => withToken(token).send(self, { method: 'POST', body: {} })

async function account(name: string) {
  const made = await admin.send('/api/v1/namespaces/default/serviceaccounts', {
    method: 'POST',
    body: { metadata: { name } },
  })
  return made.body.metadata as { name: string; uid: string }
}

const now = () => Math.floor(Date.now() / 1000)
const claimsFor = ({ name, uid }: { name: string; uid: string }) => ({
  iss: issuer,
  sub: `system:serviceaccount:default:${name}`,
  aud: [issuer],
  exp: now() + 600,
  nbf: now() - 10,
  'kubernetes.io': { namespace: 'default', serviceaccount: { name, uid } },
})
const signed = (claims: object, key: CryptoKey | Uint8Array = signing, alg = 'ES256') =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg }).sign(key)

describe('tokens', () => {
  test('one that is well signed is good; every other is 401', async () => {
    const bot = await account('bot')
    const claims = claimsFor(bot)
    expect((await whoami(await signed(claims))).body.status.userInfo.username).toBe('system:serviceaccount:default:bot')

    const foreign = await generateKeyPair('ES256')
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const publicPem = await crypto.subtle
      .exportKey('jwk', signing)
      .then(({ kty, crv, x, y }) =>
        crypto.subtle.importKey('jwk', { kty, crv, x, y } as JsonWebKey, algorithm, true, []),
      )
      .then((key) => crypto.subtle.exportKey('spki', key))
      .then((der) => new TextEncoder().encode(pem('PUBLIC KEY', der)))
    const bad: Record<string, string> = {
      'wrong audience': await signed({ ...claims, aud: ['elsewhere'] }),
      'no audience': await signed({ ...claims, aud: [] }),
      expired: await signed({ ...claims, exp: now() - 120 }),
      'without expiry': await signed({ ...claims, exp: undefined }),
      'not yet valid': await signed({ ...claims, nbf: now() + 300 }),
      'alg none': `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`,
      'alg None, signed': `${encode({ alg: 'None' })}.${encode(claims)}.AAAA`,
      "another cluster's key": await signed(claims, foreign.privateKey),
      'another issuer': await signed({ ...claims, iss: 'https://evil.example' }),
      'HS256 with the public key': await signed(claims, publicPem, 'HS256'),
      'another account of that name': await signed(claimsFor({ ...bot, uid: 'u-2' })),
      'no account': await signed(claimsFor({ name: 'nobody', uid: bot.uid })),
      'no claims of Kubernetes': await signed({ ...claims, 'kubernetes.io': undefined }),
      'a legacy token without its Secret': await signed({
        iss: 'kubernetes/serviceaccount',
        sub: claims.sub,
        'kubernetes.io/serviceaccount/namespace': 'default',
        'kubernetes.io/serviceaccount/service-account.name': bot.name,
        'kubernetes.io/serviceaccount/service-account.uid': bot.uid,
        'kubernetes.io/serviceaccount/secret.name': 'none',
      }),
      'not a token': 'a.b.c',
      long: `${'x'.repeat(40_000)}.e30.e30`,
    }
    for (const [name, token] of Object.entries(bad)) expect((await whoami(token)).status, name).toBe(401)
    const oversized = [
      `${'x'.repeat(2_000_000)}.e30.e30`,
      await signed({ ...claims, more: 'x'.repeat(100_000) }),
      '.'.repeat(2_000_000),
    ]
    for (const token of oversized) {
      const body = { spec: { token } }
      const review = await admin.send('/apis/authentication.k8s.io/v1/tokenreviews', { method: 'POST', body })
      expect(review.body.status).toEqual({ user: {}, error: 'invalid bearer token' })
    }
    const overHttp1 = await http1('/livez', { authorization: `Bearer ${'x'.repeat(200_000)}` })
    expect(overHttp1.status).toBe(401)
    expect((await admin.send('/livez')).status).toBe(200)
  })

  test('a review says why a token is not valid', async () => {
    const expired = await signed({ ...claimsFor(await account('late')), exp: now() - 120 })
    const review = await admin.send('/apis/authentication.k8s.io/v1/tokenreviews', {
      method: 'POST',
      body: { spec: { token: expired } },
    })
    expect(review.body.status).toEqual({
      user: {},
      error: '[invalid bearer token, service account token has expired]',
    })
  })

  test('a bound token ends with its pod, its account and its node', async () => {
    const owner = await account('owner')
    const pods = '/api/v1/namespaces/default/pods'
    const pod = (
      await admin.send(pods, {
        method: 'POST',
        body: {
          metadata: { name: 'p' },
          spec: {
            serviceAccountName: 'owner',
            containers: [{ name: 'c', image: 'i' }],
            terminationGracePeriodSeconds: 0,
          },
        },
      })
    ).body
    const node = (await admin.send('/api/v1/nodes', { method: 'POST', body: { metadata: { name: 'n' } } })).body
    const ask = async (boundObjectRef: object) =>
      (
        await admin.send('/api/v1/namespaces/default/serviceaccounts/owner/token', {
          method: 'POST',
          body: { spec: { boundObjectRef } },
        })
      ).body.status.token
    const ofPod = await ask({ kind: 'Pod', apiVersion: 'v1', name: 'p' })
    const ofNode = await ask({ kind: 'Node', apiVersion: 'v1', name: 'n' })
    expect((await whoami(ofPod)).body.status.userInfo).toMatchObject({
      uid: owner.uid,
      extra: {
        'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)],
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
      },
    })
    expect((await whoami(ofNode)).body.status.userInfo.extra).toMatchObject({
      'authentication.kubernetes.io/node-name': ['n'],
      'authentication.kubernetes.io/node-uid': [node.metadata.uid],
    })
    await admin.send(`${pods}/p?gracePeriodSeconds=0`, { method: 'DELETE' })
    expect((await whoami(ofPod)).status).toBe(401)
    await admin.send('/api/v1/nodes/n', { method: 'DELETE' })
    expect((await whoami(ofNode)).status).toBe(401)
  })

  test('a legacy token is good while its Secret holds it, and the Secret tells the day of its last use', async () => {
    const { name, uid } = await account('legacy')
    const token = await signed({
      iss: 'kubernetes/serviceaccount',
      sub: `system:serviceaccount:default:${name}`,
      'kubernetes.io/serviceaccount/namespace': 'default',
      'kubernetes.io/serviceaccount/service-account.name': name,
      'kubernetes.io/serviceaccount/service-account.uid': uid,
      'kubernetes.io/serviceaccount/secret.name': 'legacy-token',
    })
    const secrets = '/api/v1/namespaces/default/secrets'
    await admin.send(secrets, {
      method: 'POST',
      body: {
        metadata: { name: 'legacy-token', annotations: { 'kubernetes.io/service-account.name': name } },
        type: 'kubernetes.io/service-account-token',
        data: { token: btoa(token) },
      },
    })
    expect((await whoami(token)).body.status.userInfo.username).toBe('system:serviceaccount:default:legacy')
    const labels = (await admin.send(`${secrets}/legacy-token`)).body.metadata.labels
    expect(labels['kubernetes.io/legacy-token-last-used']).toBe(new Date().toISOString().slice(0, 10))
    await admin.send(`${secrets}/legacy-token`, { method: 'DELETE' })
    expect((await whoami(token)).status).toBe(401)
  })

  test('a bootstrap token is good until it expires, for authentication only', async () => {
    const make = async (id: string, more: Record<string, string>, type = 'bootstrap.kubernetes.io/token') => {
      const data = { 'token-id': id, 'token-secret': '0123456789abcdef', ...more }
      const made = await admin.send('/api/v1/namespaces/kube-system/secrets', {
        method: 'POST',
        body: { metadata: { name: `bootstrap-token-${id}` }, type, stringData: data },
      })
      expect(made.status).toBe(201)
      return whoami(`${id}.0123456789abcdef`)
    }
    const usage = { 'usage-bootstrap-authentication': 'true' }
    const soon = new Date(Date.now() + 60_000).toISOString()
    const good = await make('aaaaaa', {
      ...usage,
      expiration: soon,
      'auth-extra-groups': 'system:bootstrappers:workers',
    })
    expect(good.body.status.userInfo).toEqual({
      username: 'system:bootstrap:aaaaaa',
      groups: ['system:bootstrappers', 'system:bootstrappers:workers', 'system:authenticated'],
    })
    expect((await whoami('aaaaaa.0123456789abcdeX')).status).toBe(401)
    expect((await whoami('aaaaaa.0123456789abcdee')).status).toBe(401)
    const bad: Record<string, string>[] = [
      { ...usage, expiration: new Date(Date.now() - 1000).toISOString() },
      { ...usage, expiration: 'tomorrow' },
      { 'usage-bootstrap-signing': 'true' },
      { ...usage, 'auth-extra-groups': 'system:masters' },
    ]
    for (const [i, more] of bad.entries()) expect((await make(`bbbbb${i}`, more)).status, `${i}`).toBe(401)
    expect((await make('cccccc', usage, 'Opaque')).status).toBe(401)
  })
})

function http1(path: string, headers: Record<string, string | string[]>, options: RequestOptions = {}) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const asked = request(`${server.url}${path}`, { ca: server.ca, agent: false, ...options })
    for (const [name, value] of Object.entries(headers)) asked.setHeader(name, value)
    asked.on('error', reject)
    asked.on('response', (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asked.setHeader('content-type', 'application/json')
    asked.end(options.method === 'POST' ? '{}' : undefined)
  })
}

describe('headers', () => {
  const smuggled = { 'x-remote-user': 'kubernetes-admin', 'x-remote-group': 'system:masters' }

  test('nobody becomes another by the headers of a proxy without its certificate', async () => {
    const jane = testClient(server, await server.client('jane'))
    const nobody = testClient(server)
    const stranger = testClient(
      server,
      await (await testCertificates('another-ca')).client('front', ['system:masters']),
    )
    const proxy = testClient(server, await proxies.client('front', ['system:masters']))
    clients.push(jane, nobody, stranger, proxy)
    const secrets = '/api/v1/secrets'
    expect((await jane.send(secrets, { headers: smuggled })).body.message).toContain('User "jane" cannot list')
    expect((await nobody.send(secrets, { headers: smuggled })).body.message).toContain('User "system:anonymous"')
    expect((await stranger.send(secrets, { headers: smuggled })).status).toBe(401)
    expect((await proxy.send(secrets)).status).toBe(401)
    expect((await proxy.send(secrets, { headers: smuggled })).status).toBe(200)
    expect((await proxy.send(secrets, { headers: { 'x-remote-user': 'ann' } })).body.message).toContain('User "ann"')
  })

  test('nobody acts as another without the right, neither as its groups, uid nor extra', async () => {
    const jane = testClient(server, await server.client('jane'))
    clients.push(jane)
    const asked = async (headers: Record<string, string>) => (await jane.send('/api', { headers })).body.message
    expect(await asked({ 'impersonate-user': 'system:serviceaccount:kube-system:root' })).toBe(
      'serviceaccounts "root" is forbidden: User "jane" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "kube-system"',
    )
    const whole = await admin.send(self, {
      method: 'POST',
      body: {},
      headers: {
        'impersonate-user': 'ann',
        'impersonate-uid': '42',
        'impersonate-extra-acme.com%2Fproject': 'neo',
        'impersonate-extra-scopes': 'a',
      },
    })
    expect(whole.body.status.userInfo).toEqual({
      username: 'ann',
      uid: '42',
      groups: ['system:authenticated'],
      extra: { 'acme.com/project': ['neo'], scopes: ['a'] },
    })
    expect((await admin.send('/api', { headers: { 'impersonate-extra-scopes': 'a' } })).status).toBe(400)
    expect((await admin.send('/api', { headers: { 'impersonate-uid': 'a' } })).status).toBe(400)
    const masters = { 'impersonate-user': 'x', 'impersonate-group': 'system:masters' }
    expect((await jane.send('/api', { headers: masters })).status).toBe(403)
  })

  test('several groups come one by one, and one name may have commas', async () => {
    const { body } = await http1(
      self,
      { 'impersonate-user': 'ann', 'impersonate-group': ['cn=ops,dc=example', 'dev'] },
      { method: 'POST', ...server.admin },
    )
    expect(JSON.parse(body).status.userInfo.groups).toEqual(['cn=ops,dc=example', 'dev', 'system:authenticated'])
  })
})

test('an account that is made again is another one', async () => {
  const first = await account('again')
  const token = await signed(claimsFor(first))
  expect((await whoami(token)).status).toBe(201)
  await server.server.objects.delete(ServiceAccounts, { namespace: 'default', name: 'again' })
  await account('again')
  expect((await whoami(token)).status).toBe(401)
})
