import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { answer, fakeOutbound } from '../../../../test/support/fake-outbound.ts'
import { virtualClock } from '../../../testing/time/clock.ts'
import type { JWTAuthenticator } from './configuration.ts'
import { type ExpressionCompiler, loadExpressionCompiler } from './expressions.ts'
import { jwtAuthenticator } from './jwt-authenticator.ts'

const url = 'https://id.example/realm'
let compile: ExpressionCompiler
let first: GenerateKeyPairResult
let second: GenerateKeyPairResult
beforeAll(async () => {
  compile = await loadExpressionCompiler()
  first = await generateKeyPair('RS256')
  second = await generateKeyPair('ES384')
})

const published = async ({ publicKey }: GenerateKeyPairResult, kid: string): Promise<JWK> => ({
  ...(await exportJWK(publicKey)),
  kid,
})

const config: JWTAuthenticator = {
  issuer: { url, audiences: ['kube', 'other'], audienceMatchPolicy: 'MatchAny', certificateAuthority: 'CA' },
  claimMappings: {
    username: { claim: 'sub', prefix: 'id:' },
    groups: { claim: 'roles', prefix: 'g:' },
    uid: { claim: 'oid' },
  },
}

/** An issuer with these keys, and the authenticator of its tokens. */
function world(given: Partial<JWTAuthenticator> = {}, document: object = {}) {
  const clock = virtualClock()
  const keys: JWK[] = []
  let broken = false
  let elsewhere = ''
  const outbound = fakeOutbound(({ url: asked }) => {
    if (broken) throw new Error('connection refused')
    if (asked === `${url}/.well-known/openid-configuration` || asked === 'https://inside.example/discovery')
      return { issuer: url, jwks_uri: `${url}/keys`, ...document }
    if (asked === 'https://groups.example/ann') return answer(200, elsewhere)
    return asked === `${url}/keys` ? { keys } : answer(404, 'no')
  })
  const now = clock.now() / 1000
  return {
    clock,
    keys,
    outbound,
    authenticate: jwtAuthenticator({ ...config, ...given }, { outbound, clock, compile }),
    answerElsewhere: (token: string) => {
      elsewhere = token
    },
    break: (value: boolean) => {
      broken = value
    },
    sign: (claims: object, { privateKey }: GenerateKeyPairResult = first, kid?: string, alg = 'RS256') =>
      new SignJWT({ iss: url, aud: 'kube', sub: 'ann', oid: '7', exp: now + 600, ...claims })
        .setProtectedHeader({ alg, ...(kid && { kid }) })
        .sign(privateKey),
  }
}

describe('the tokens of an identity provider', () => {
  test('name the user by their claims', async () => {
    const { keys, authenticate, sign, outbound } = world()
    keys.push(await published(first, 'k1'))
    expect(await authenticate(await sign({ roles: ['dev', 'ops'] }, first, 'k1'), [])).toEqual({
      user: { name: 'id:ann', uid: '7', groups: ['g:dev', 'g:ops'] },
    })
    expect(await authenticate(await sign({ roles: 'dev' }), [])).toMatchObject({ user: { groups: ['g:dev'] } })
    expect(await authenticate(await sign({ aud: ['x', 'other'] }), [])).toMatchObject({ user: { groups: [] } })
    expect(outbound.sent.map((request) => [request.url, request.ca])).toEqual([
      [`${url}/.well-known/openid-configuration`, 'CA'],
      [`${url}/keys`, 'CA'],
    ])
  })

  test('of others are not looked at; bad ones are refused', async () => {
    const { keys, authenticate, sign, clock, outbound } = world()
    keys.push(await published(first, 'k1'))
    expect(await authenticate(await sign({ iss: 'https://other.example' }), [])).toBeUndefined()
    expect(await authenticate('rubbish', [])).toBeUndefined()
    expect(outbound.sent).toEqual([])
    const now = clock.now() / 1000
    const refused = async (token: string, why: string) => {
      await expect(authenticate(token, [])).rejects.toThrow(why)
    }
    await refused(await sign({ exp: now - 1 }), 'token is expired')
    await refused(await sign({ exp: undefined }), 'token is expired')
    await refused(await sign({ nbf: now + 301 }), 'before the nbf')
    await refused(await sign({ aud: 'elsewhere' }), 'expected audience in ["kube" "other"] got ["elsewhere"]')
    await refused(await sign({}, second, undefined, 'ES384'), 'failed to verify signature')
    await refused(await sign({ sub: undefined }), 'parse username claims "sub": claim not present')
    await refused(await sign({ oid: 7 }), 'it is not a string')
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const bare = encode({ iss: url, aud: 'kube', sub: 'ann', oid: '7', exp: now + 600 })
    await refused(`${encode({ alg: 'none' })}.${bare}.`, 'failed to verify signature')
    const secret = new TextEncoder().encode(JSON.stringify(keys[0]))
    const symmetric = new SignJWT({ iss: url, aud: 'kube', sub: 'ann', oid: '7', exp: now + 600 })
    await refused(await symmetric.setProtectedHeader({ alg: 'HS256' }).sign(secret), 'failed to verify signature')
  })

  test('are good with a new key, which is looked for no more than every ten seconds', async () => {
    const { keys, authenticate, sign, clock, outbound } = world()
    keys.push(await published(first, 'k1'))
    await authenticate(await sign({}), [])
    keys.splice(0, 1, await published(second, 'k2'))
    const token = await sign({ exp: clock.now() / 1000 + 3600 }, second, 'k2', 'ES384')
    await expect(authenticate(token, [])).rejects.toThrow('failed to verify signature')
    await clock.advance('11s')
    expect(await authenticate(token, [])).toMatchObject({ user: { name: 'id:ann' } })
    const sent = outbound.sent.length
    for (let i = 0; i < 20; i++)
      await expect(authenticate(await sign({}, first, `k${i}`), [])).rejects.toThrow('failed to verify signature')
    expect(outbound.sent.length).toBe(sent)
  })

  test('wait for a provider that is down, and are good again when it is up', async () => {
    const { keys, authenticate, sign, clock, break: set } = world()
    keys.push(await published(first, 'k1'))
    const token = await sign({ exp: clock.now() / 1000 + 3600 })
    set(true)
    await expect(authenticate(token, [])).rejects.toThrow('oidc: authenticator not initialized: connection refused')
    set(false)
    await clock.advance('11s')
    expect(await authenticate(token, [])).toMatchObject({ user: { name: 'id:ann' } })
    set(true)
    await clock.advance('11s')
    expect(await authenticate(token, [])).toMatchObject({ user: { name: 'id:ann' } })
  })

  test('may say where the groups are, which then come from there', async () => {
    const { keys, authenticate, sign, outbound, answerElsewhere } = world()
    keys.push(await published(first, 'k1'))
    const source = { endpoint: 'https://groups.example/ann', access_token: 'open' }
    const token = await sign({ _claim_names: { roles: 'src' }, _claim_sources: { src: source } })
    answerElsewhere(await sign({ roles: ['a', 'b'] }))
    expect(await authenticate(token, [])).toMatchObject({ user: { groups: ['g:a', 'g:b'] } })
    expect(outbound.sent.find((request) => request.url === source.endpoint)?.headers).toEqual({
      authorization: 'Bearer open',
    })
    answerElsewhere(await sign({ roles: ['a'], aud: 'another' }))
    await expect(authenticate(token, [])).rejects.toThrow('while getting distributed claim "roles": oidc: verify token')
    answerElsewhere(await sign({ roles: ['a'] }, second, undefined, 'ES384'))
    await expect(authenticate(token, [])).rejects.toThrow('failed to verify signature')
    const plain = { src: { ...source, endpoint: 'http://169.254.169.254/' } }
    const unsafe = await sign({ _claim_names: { roles: 'src' }, _claim_sources: plain })
    expect(await authenticate(unsafe, [])).toMatchObject({ user: { groups: [] } })
  })

  test('of a provider that says to be another are refused', async () => {
    const other = world({}, { issuer: 'https://other.example' })
    await expect(other.authenticate(await other.sign({}), [])).rejects.toThrow(
      `expected "${url}" got "https://other.example"`,
    )
    const inside = world({ issuer: { ...config.issuer, discoveryURL: 'https://inside.example/discovery' } })
    inside.keys.push(await published(first, 'k1'))
    expect(await inside.authenticate(await inside.sign({}), [])).toMatchObject({ user: { name: 'id:ann' } })
  })
})

describe('claims', () => {
  async function userOf(given: Partial<JWTAuthenticator>, claims: object) {
    const { keys, authenticate, sign } = world(given)
    keys.push(await published(first, 'k1'))
    return (await authenticate(await sign(claims), []))?.user
  }
  const email: Partial<JWTAuthenticator> = { claimMappings: { username: { claim: 'email', prefix: '' } } }

  test('an email counts only when the provider has not said that it is unverified', async () => {
    expect(await userOf(email, { email: 'a@x' })).toEqual({ name: 'a@x', groups: [] })
    expect(await userOf(email, { email: 'a@x', email_verified: true })).toMatchObject({ name: 'a@x' })
    await expect(userOf(email, { email: 'a@x', email_verified: false })).rejects.toThrow('oidc: email not verified')
    await expect(userOf(email, { email: 'a@x', email_verified: 'true' })).rejects.toThrow('oidc: email not verified')
  })

  test('required claims and rules refuse others', async () => {
    const rules = { claimValidationRules: [{ claim: 'hd', requiredValue: 'acme' }] }
    expect(await userOf(rules, { hd: 'acme' })).toMatchObject({ name: 'id:ann' })
    await expect(userOf(rules, {})).rejects.toThrow('required claim hd not present')
    await expect(userOf(rules, { hd: 'evil' })).rejects.toThrow('Got = evil, want = acme')
    const expressions: Partial<JWTAuthenticator> = {
      claimMappings: {
        username: { expression: '"x:" + claims.sub' },
        groups: { expression: 'claims.roles + ["", "all"]' },
        uid: { expression: 'claims.oid' },
        extra: [
          { key: 'acme.io/team', valueExpression: 'claims.team' },
          { key: 'acme.io/none', valueExpression: '""' },
          { key: 'acme.io/maybe', valueExpression: 'claims.?maybe.orValue(null)' },
        ],
      },
      claimValidationRules: [{ expression: 'claims.level > 1', message: 'too low' }],
      userValidationRules: [{ expression: '!user.username.startsWith("x:system")', message: 'reserved' }],
    }
    const claims = { roles: ['dev'], level: 2, team: 'red' }
    expect(await userOf(expressions, claims)).toEqual({
      name: 'x:ann',
      uid: '7',
      groups: ['dev', 'all'],
      extra: { 'acme.io/team': ['red'] },
    })
    await expect(userOf(expressions, { ...claims, level: 1 })).rejects.toThrow('failed: too low')
    await expect(userOf(expressions, { ...claims, sub: 'system:admin' })).rejects.toThrow('failed: reserved')
    await expect(userOf(expressions, { ...claims, team: 7 })).rejects.toThrow(
      'must return a string or a list of strings',
    )
  })
})
