import type { JWTPayload } from 'jose'
import { messageOf } from '../../../api/errors.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import type { Issuer, JWTAuthenticator } from './configuration.ts'
import { issuerOf } from './issuer-of.ts'

/** Returns the claims of a token, if it is valid. @throws Error that says why it is not */
export type TokenVerifier = (token: string) => Promise<JWTPayload>

const timeoutMs = 30_000
const maxBytes = 1024 * 1024

/**
 * Fetches the claim of groups where a token only says who has it (OpenID Connect Core 1.0, 5.6.2), as providers do for users with
 * many groups. What comes is another token, of any issuer; it has to be for the same audiences.
 */
export function claimExpander(
  { issuer, claimMappings }: JWTAuthenticator,
  outbound: Outbound,
  verifierOf: (issuer: Issuer) => TokenVerifier,
): (claims: JWTPayload) => Promise<JWTPayload> {
  const name = claimMappings.groups?.claim
  const verifiers = new Map<string, TokenVerifier>()

  function verifierFor(url: string): TokenVerifier {
    let verifier = verifiers.get(url)
    if (!verifier) {
      const { discoveryURL: _, ...rest } = issuer
      verifier = verifierOf({ ...rest, url })
      verifiers.set(url, verifier)
    }
    return verifier
  }

  async function fetched(claim: string, { endpoint, access_token: access }: Source): Promise<unknown> {
    const { status, body } = await outbound.send({
      method: 'GET',
      url: endpoint,
      ...(access && { headers: { authorization: `Bearer ${access}` } }),
      ...(issuer.certificateAuthority && { ca: issuer.certificateAuthority }),
      timeoutMs,
      maxBytes,
    })
    if (status < 200 || status > 299) throw new Error(`error while getting distributed claim JWT: ${status}`)
    const token = new TextDecoder().decode(body).trim()
    const url = issuerOf(token)
    if (url === undefined) throw new Error(`${endpoint} answers no token`)
    const claims = await verifierFor(url)(token)
    if (Object.hasOwn(claims, claim)) return claims[claim]
    throw new Error(`jwt returned by distributed claim endpoint "${endpoint}" did not contain claim: ${claim}`)
  }

  return async (claims) => {
    const source = name && !Object.hasOwn(claims, name) ? sourceOf(claims, name) : undefined
    if (!name || !source) return claims
    try {
      return { ...claims, [name]: await fetched(name, source) }
    } catch (error) {
      throw new Error(
        `oidc: could not expand distributed claims: while getting distributed claim "${name}": ${messageOf(error)}`,
      )
    }
  }
}

interface Source {
  endpoint: string
  access_token?: string
}

/** Where a claim is. Undefined: nowhere. */
function sourceOf({ _claim_names: names, _claim_sources: sources }: JWTPayload, name: string): Source | undefined {
  const named = memberOf(names, name)
  if (typeof named !== 'string') return undefined
  const endpoint = memberOf(memberOf(sources, named), 'endpoint')
  const access = memberOf(memberOf(sources, named), 'access_token')
  if (typeof endpoint !== 'string' || !endpoint.startsWith('https://')) return undefined
  return { endpoint, ...(typeof access === 'string' && { access_token: access }) }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
