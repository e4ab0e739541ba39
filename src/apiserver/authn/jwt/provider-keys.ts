import { createLocalJWKSet, type FlattenedJWSInput, type JSONWebKeySet, type JWTHeaderParameters } from 'jose'
import type { Clock } from '../../../api/clock.ts'
import { messageOf } from '../../../api/errors.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import type { Issuer } from './configuration.ts'

/** Finds the key that a token names. @throws Error, JOSEError when there is none */
export type KeyFinder = ReturnType<typeof createLocalJWKSet>

export interface ProviderKeys {
  /** The keys as they are known. Reads them on first use. @throws Error when the provider does not answer */
  current(): Promise<KeyFinder>
  /** The keys read anew, since a token's key is not among them; undefined when that was done a moment ago. */
  renewed(): Promise<KeyFinder | undefined>
}

const timeoutMs = 30_000
const maxBytes = 1024 * 1024
/** A provider that failed, or whose keys have just been read, is left alone for so long. */
const pauseMs = 10_000

/** The signing keys of an identity provider, found by its discovery document (OpenID Connect Discovery 1.0). */
export function providerKeys(issuer: Issuer, outbound: Outbound, clock: Clock): ProviderKeys {
  let keys: Promise<KeyFinder> | undefined
  let jwksUri: string | undefined
  let readAt = Number.NEGATIVE_INFINITY

  async function json(url: string): Promise<Record<string, unknown>> {
    const { status, body } = await outbound.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      ...(issuer.certificateAuthority && { ca: issuer.certificateAuthority }),
      timeoutMs,
      maxBytes,
    })
    const text = new TextDecoder().decode(body)
    if (status !== 200) throw new Error(`oidc: ${url} answers ${status}: ${text.slice(0, 200)}`)
    try {
      const value: unknown = JSON.parse(text)
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
    } catch {
      // As for what is no object:
    }
    throw new Error(`oidc: ${url} answers no JSON object`)
  }

  async function discover(): Promise<string> {
    const url = issuer.discoveryURL || `${issuer.url.replace(/\/$/, '')}/.well-known/openid-configuration`
    const { issuer: named, jwks_uri: uri } = await json(url)
    if (named !== issuer.url)
      throw new Error(
        `oidc: issuer did not match the issuer returned by provider, expected "${issuer.url}" got "${named}"`,
      )
    if (typeof uri !== 'string') throw new Error(`oidc: ${url} names no jwks_uri`)
    return uri
  }

  async function read(): Promise<KeyFinder> {
    try {
      jwksUri ??= await discover()
      return createLocalJWKSet((await json(jwksUri)) as unknown as JSONWebKeySet)
    } catch (error) {
      throw new Error(`oidc: authenticator not initialized: ${messageOf(error)}`)
    }
  }

  /** One request at a time serves all who wait; keys that are known stay when the provider fails. */
  function begin(): Promise<KeyFinder> {
    const known = keys
    readAt = clock.now()
    const reading = read().catch((error: unknown) => {
      if (known) return known
      throw error
    })
    keys = reading
    reading.catch(() => {
      clock.after(pauseMs, () => {
        if (keys === reading) keys = undefined
      })
    })
    return reading
  }

  return {
    current: () => keys ?? begin(),
    renewed: async () => (clock.now() - readAt < pauseMs ? undefined : begin()),
  }
}

export type { FlattenedJWSInput, JWTHeaderParameters }
