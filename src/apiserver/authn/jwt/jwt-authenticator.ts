import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '../../../api/clock.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import type { TokenAuthenticator } from '../authenticator.ts'
import { claimsReader } from './claims-user.ts'
import type { Issuer, JWTAuthenticator } from './configuration.ts'
import { claimExpander, type TokenVerifier } from './distributed-claims.ts'
import type { ExpressionCompiler } from './expressions.ts'
import { issuerOf } from './issuer-of.ts'
import { type KeyFinder, type ProviderKeys, providerKeys } from './provider-keys.ts'

export interface JwtOptions {
  outbound: Outbound
  clock: Clock
  compile: ExpressionCompiler
  /** `--oidc-signing-algs`. Default: all that are allowed. */
  algorithms?: readonly string[]
}

/** The algorithms that a provider may sign with: all of them with a key pair. */
export const jwtAlgorithms = [
  ...['RS256', 'RS384', 'RS512'],
  ...['ES256', 'ES384', 'ES512'],
  ...['PS256', 'PS384', 'PS512'],
] as const

/** A token is valid up to so long before its `nbf`: providers' clocks differ. */
const earlySeconds = 300
const maxTokenLength = 1024 * 1024

/** The tokens of one identity provider: JWTs signed with a key that its discovery document leads to. */
export function jwtAuthenticator(config: JWTAuthenticator, options: JwtOptions): TokenAuthenticator {
  const { url } = config.issuer
  const { outbound, clock, compile, algorithms = jwtAlgorithms } = options
  const userOf = claimsReader(config, compile)
  const verifier = (issuer: Issuer) => tokenVerifier(issuer, algorithms, outbound, clock)
  const verify = verifier(config.issuer)
  const expand = claimExpander(config, outbound, verifier)

  return async (token) => {
    if (token.length > maxTokenLength || issuerOf(token) !== url) return undefined
    return { user: userOf(await expand(await verify(token))) }
  }
}

/** Returns the claims of a token of this issuer that is for one of its audiences, and valid now. */
function tokenVerifier(issuer: Issuer, algorithms: readonly string[], outbound: Outbound, clock: Clock): TokenVerifier {
  const { audiences } = issuer
  const keys = providerKeys(issuer, outbound, clock)
  return async (token) => {
    const claims = await verified(token, keys, algorithms)
    const now = clock.now() / 1000
    if (typeof claims.exp !== 'number' || claims.exp <= now)
      throw new Error(`oidc: verify token: oidc: token is expired (Token Expiry: ${claims.exp})`)
    if (claims.nbf !== undefined && claims.nbf - earlySeconds > now)
      throw new Error('oidc: verify token: oidc: current time is before the nbf (not before) time')
    const given = [claims.aud ?? []].flat()
    if (!audiences.some((audience) => given.includes(audience)))
      throw new Error(`oidc: verify token: oidc: expected audience in ${list(audiences)} got ${list(given)}`)
    return claims
  }
}

const list = (texts: string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`

async function verified(token: string, keys: ProviderKeys, algorithms: readonly string[]): Promise<JWTPayload> {
  try {
    return await signedBy(token, await keys.current(), algorithms)
  } catch (error) {
    // The provider may have new keys.
    const renewed = isAboutKeys(error) ? await keys.renewed() : undefined
    if (!renewed) throw refusal(error)
    return signedBy(token, renewed, algorithms).catch((again: unknown) => {
      throw refusal(again)
    })
  }
}

const isAboutKeys = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed

const refusal = (error: unknown): unknown =>
  error instanceof errors.JOSEError || error instanceof TypeError
    ? new Error(`oidc: verify token: failed to verify signature: ${error.message}`)
    : error

/** The claims of a token that one of these keys signed. Its times are for the caller to judge. */
async function signedBy(token: string, keys: KeyFinder, algorithms: readonly string[]): Promise<JWTPayload> {
  const options = {
    algorithms: [...algorithms],
    currentDate: new Date(0),
    clockTolerance: Number.MAX_SAFE_INTEGER,
  }
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    // A token that names no key may be of any of them.
    for await (const key of error) {
      const found = await jwtVerify(token, key, options).catch(() => undefined)
      if (found) return found.payload
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}
