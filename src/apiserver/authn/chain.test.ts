import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UserInfo } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { ClientCertificate, Credentials } from './authenticator.ts'
import { basicAuthenticator } from './basic.ts'
import { certificateAuthenticator } from './certificate.ts'
import { authenticationChain, type ChainOptions, withoutToken } from './chain.ts'
import { requestHeaderAuthenticator } from './request-header.ts'
import { staticTokens } from './static-token.ts'

function credentials(headers: Record<string, string | string[]> = {}, certificate?: ClientCertificate): Credentials {
  const values = (name: string) => [headers[name] ?? []].flat()
  return {
    headers,
    values,
    header: (name) => (headers[name] === undefined ? undefined : values(name).join(', ')),
    ...(certificate && { certificate }),
  }
}

const bob: UserInfo = { name: 'bob', groups: ['dev'] }

function chain(given: Partial<ChainOptions> = {}) {
  const logged: unknown[] = []
  const authentication = authenticationChain({
    requests: [certificateAuthenticator(), basicAuthenticator([{ ...bob, password: 'sésame:öffne' }])],
    tokens: [staticTokens(new Map([['t0ken', { name: 'tom', groups: [] }]]))],
    audiences: ['api'],
    anonymous: () => ({ enabled: true, paths: ['/livez'] }),
    log: { info: (_, fields) => logged.push(fields?.error) },
    ...given,
  })
  const sender = async (from: Credentials, path = '/api') => authentication.sender(from, path)
  return { ...authentication, sender, logged }
}

const basic = (text: string) => ({
  authorization: `Basic ${new TextEncoder().encode(text).toBase64()}`,
})
const certificate: ClientCertificate = { commonName: 'jane', organizations: ['x'], uid: 'u1', fingerprint: 'ab12' }

describe('the chain', () => {
  test('names the user of a certificate, with its uid and its fingerprint', async () => {
    const { sender } = chain()
    const jane = await sender(credentials({}, certificate))
    expect(jane).toEqual({
      name: 'jane',
      uid: 'u1',
      groups: ['x', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=ab12'] },
    })
    expect(await sender(credentials({}, certificate))).toBe(jane)
  })

  test('a certificate that nobody vouches for is an error, unless other credentials are good', async () => {
    const { sender, logged } = chain()
    const bad = { ...certificate, problem: 'CERT_HAS_EXPIRED' }
    await expect(sender(credentials({}, bad))).rejects.toMatchObject({ code: 401 })
    expect(logged).toEqual(['verifying certificate failed: CERT_HAS_EXPIRED'])
    expect(await sender(credentials({ authorization: 'Bearer t0ken' }, bad))).toMatchObject({ name: 'tom' })
  })

  test('passwords: exact, with colons and any letters; everything else is 401', async () => {
    const { sender } = chain()
    expect(await sender(credentials(basic('bob:sésame:öffne')))).toEqual({
      name: 'bob',
      groups: ['dev', 'system:authenticated'],
    })
    for (const wrong of ['bob:sésame:öffn', 'bob:sésame:öffne!', 'bob:', 'bob', 'eve:', 'eve:sésame:öffne', ':'])
      await expect(sender(credentials(basic(wrong))), wrong).rejects.toMatchObject({ code: 401 })
    await expect(sender(credentials({ authorization: 'Basic !!!' }))).rejects.toMatchObject({ code: 401 })
  })

  test('an unknown token is 401, and the log does not hold it', async () => {
    const { sender, logged } = chain()
    expect(await sender(credentials({ authorization: 'bearer t0ken' }))).toMatchObject({ name: 'tom' })
    await expect(sender(credentials({ authorization: 'Bearer secret-rubbish' }))).rejects.toMatchObject({ code: 401 })
    expect(logged).toEqual(['invalid bearer token'])
  })

  test('a browser gives the token of a WebSocket as a subprotocol', async () => {
    const protocol = `base64url.bearer.authorization.k8s.io.${btoa('t0ken').replace(/=/g, '')}`
    const headers = { 'sec-websocket-protocol': `v5.channel.k8s.io, ${protocol}` }
    expect(await chain().sender(credentials(headers))).toMatchObject({ name: 'tom' })
  })

  test('requests without credentials are anonymous where the paths allow it', async () => {
    const { sender } = chain()
    expect(await sender(credentials(), '/livez')).toMatchObject({ name: 'system:anonymous' })
    await expect(sender(credentials(), '/api')).rejects.toMatchObject({ code: 401 })
    const off = chain({ anonymous: () => ({ enabled: false }) })
    await expect(off.sender(credentials(), '/livez')).rejects.toMatchObject({ code: 401 })
  })

  test('an authenticator that cannot find out leaves the others their say', async () => {
    const broken = async () => {
      throw new Error('no answer')
    }
    const { sender, logged, review } = chain({ tokens: [broken, staticTokens(new Map([['t', bob]]))] })
    expect(await sender(credentials({ authorization: 'Bearer t' }))).toMatchObject({ name: 'bob' })
    await expect(sender(credentials({ authorization: 'Bearer u' }))).rejects.toMatchObject({ code: 401 })
    expect(logged).toEqual(['[invalid bearer token, no answer]'])
    await expect(review('u', [])).rejects.toThrow('[invalid bearer token, no answer]')
    expect(await review('t', ['elsewhere', 'api'])).toMatchObject({ audiences: ['api'] })
    await expect(review('t', ['elsewhere'])).rejects.toThrow('invalid bearer token')
  })

  test('a failure with a status of its own goes to the client', async () => {
    const starting = async () => {
      throw new ApiError(503, 'ServiceUnavailable', 'the server is starting')
    }
    const { sender } = chain({ tokens: [starting] })
    await expect(sender(credentials({ authorization: 'Bearer t' }))).rejects.toMatchObject({ code: 503 })
  })
})

describe('headers of a front proxy', () => {
  const requests = [
    requestHeaderAuthenticator({
      allowedNames: ['front'],
      usernameHeaders: ['x-remote-user', 'x-user'],
      uidHeaders: ['x-remote-uid'],
      groupHeaders: ['x-remote-group'],
      extraHeadersPrefixes: ['x-remote-extra-'],
    }),
    certificateAuthenticator(),
  ]
  const headers = {
    'x-remote-user': 'ann',
    'x-remote-uid': '7',
    'x-remote-group': ['cn=ops,dc=example', 'dev'],
    'x-remote-extra-acme.com%2fProject': 'Neo',
    'x-remote-extra-scopes': ['a', 'b'],
  }
  const proxy: ClientCertificate = { commonName: 'front', organizations: [], authority: 'proxies' }

  test('name the user, when the proxy shows its certificate', async () => {
    const { sender } = chain({ requests })
    expect(await sender(credentials(headers, proxy))).toEqual({
      name: 'ann',
      uid: '7',
      groups: ['cn=ops,dc=example', 'dev', 'system:authenticated'],
      extra: { 'acme.com/project': ['Neo'], scopes: ['a', 'b'] },
    })
  })

  test('are worth nothing without it, and the certificate of a proxy is not one of a user', async () => {
    const { sender } = chain({ requests, anonymous: () => ({ enabled: true }) })
    expect(await sender(credentials(headers))).toMatchObject({ name: 'system:anonymous' })
    expect(await sender(credentials(headers, certificate))).toMatchObject({ name: 'jane' })
    await expect(sender(credentials({}, proxy))).rejects.toMatchObject({ code: 401 })
    await expect(sender(credentials(headers, { ...proxy, commonName: 'other' }))).rejects.toMatchObject({ code: 401 })
  })
})

test('no header makes the chain fail in another way than with 401', async () => {
  const { sender } = chain()
  const scheme = fc.constantFrom('Bearer ', 'bearer  ', 'Basic ', 'Digest ', '')
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.constant('a.b.c'), fc.string())
  const value = fc.tuple(scheme, text).map(([first, rest]) => first + rest)
  const names = ['authorization', 'sec-websocket-protocol', 'x-remote-user', 'x-remote-extra-%zz', '__proto__']
  const headers = fc.dictionary(fc.constantFrom(...names), fc.oneof(value, fc.array(value, { maxLength: 3 })))
  await fc.assert(
    fc.asyncProperty(headers, async (given) => {
      const user = await sender(credentials(given), '/livez').catch((error: unknown) => error)
      if (user instanceof ApiError) expect(user.code).toBe(401)
      else expect((user as UserInfo).name).toBe('system:anonymous')
    }),
    { numRuns: 10_000 },
  )
})

test('the token of a WebSocket goes no further than the server', () => {
  expect(withoutToken('v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.dDBrZW4')).toBe('v5.channel.k8s.io')
})
